set -e
if [ -z "${MULTIWAN_OBSERVE_KEY:-}" ] || [ -z "${MULTIWAN_OBSERVE_USER:-}" ]; then
  echo "the key or the user of multiwan-observe is not set for this job: see docs/delivery.md"
  exit 1
fi
eval "$(ssh-agent -s)" >/dev/null
trap 'ssh-agent -k >/dev/null' EXIT
printf '%s\n' "$MULTIWAN_OBSERVE_KEY" | ssh-add -q -
pulumi config set --stack "$STACK" --path multiwan:router.user "$MULTIWAN_OBSERVE_USER"
pulumi config set --stack "$STACK" --path multiwan:router.readOnly true
# 1: something differs, and the issue says what.
npx multiwan drift --stack "$STACK" --post || [ $? -eq 1 ]
