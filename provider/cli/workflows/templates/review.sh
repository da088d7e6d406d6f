set -e
eval "$(ssh-agent -s)" >/dev/null
# Those files hold the stack's config.
trap 'rm -f saved.json ./*.preview.json; ssh-agent -k >/dev/null' EXIT
printf '%s\n' "$MULTIWAN_OBSERVE_KEY" | ssh-add -q -
failed=0
set --
for stack in $STACKS; do
  # The user of multiwan-observe, in this job's copy of the stack file only.
  pulumi config set --stack "$stack" --path multiwan:router.user "$MULTIWAN_OBSERVE_USER"
  pulumi config set --stack "$stack" --path multiwan:router.readOnly true
  if pulumi preview --stack "$stack" --non-interactive --json --save-plan saved.json >"$stack.preview.json"; then
    set -- "$@" "$stack.preview.json"
    if npx multiwan plan saved.json --stack "$stack" --output "$stack.plan.json"; then
      set -- "$@" --plan "$stack.plan.json"
    else
      failed=1
    fi
  else
    failed=1
    set -- "$@" --failed "$stack.preview.json"
  fi
  rm -f saved.json
done
npx multiwan review "$@" --post || failed=1
exit "$failed"
