set -e
eval "$(ssh-agent -s)" >/dev/null
trap 'ssh-agent -k >/dev/null' EXIT
printf '%s\n' "$MULTIWAN_OBSERVE_KEY" | ssh-add -q -
failed=0
for stack in $STACKS; do
  pulumi config set --stack "$stack" --path multiwan:router.user "$MULTIWAN_OBSERVE_USER"
  pulumi config set --stack "$stack" --path multiwan:router.readOnly true
  # 1: something differs, and the issue says what.
  npx multiwan drift --stack "$stack" --post || [ $? -eq 1 ] || failed=1
done
exit "$failed"
