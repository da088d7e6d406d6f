set -e
if [ -z "${MULTIWAN_OBSERVE_KEY:-}" ] || [ -z "${MULTIWAN_OBSERVE_USER:-}" ]; then
  echo "the key or the user of multiwan-observe is not set for this job: see docs/delivery.md"
  exit 1
fi
eval "$(ssh-agent -s)" >/dev/null
trap 'ssh-agent -k >/dev/null' EXIT
printf '%s\n' "$MULTIWAN_OBSERVE_KEY" | ssh-add -q -
failed=0
for stack in $STACKS; do
  if pulumi config set --stack "$stack" --path multiwan:router.user "$MULTIWAN_OBSERVE_USER" &&
    pulumi config set --stack "$stack" --path multiwan:router.readOnly true; then
    # 1: something differs, and the issue says what.
    npx multiwan drift --stack "$stack" --post || [ $? -eq 1 ] || failed=1
  else
    failed=1
  fi
done
exit "$failed"
