set -e
if [ -z "${MULTIWAN_OBSERVE_KEY:-}" ] || [ -z "${MULTIWAN_OBSERVE_USER:-}" ]; then
  echo "the key or the user of multiwan-observe is not set for this job: see docs/delivery.md. Jobs of forks and bots are given no secrets"
  exit 1
fi
eval "$(ssh-agent -s)" >/dev/null
# Those files hold the stack's config.
trap 'rm -f saved.json ./*.preview.json; ssh-agent -k >/dev/null' EXIT
printf '%s\n' "$MULTIWAN_OBSERVE_KEY" | ssh-add -q -
failed=0
set --
for stack in $STACKS; do
  # The name without its organization.
  name=${stack##*/}
  # Begun anew: what lies in the repository is no preview and no plan.
  rm -f "$name.plan.json"
  : >"$name.preview.json"
  # The user of multiwan-observe, in this job's copy of the stack file only.
  if pulumi config set --stack "$stack" --path multiwan:router.user "$MULTIWAN_OBSERVE_USER" &&
    pulumi config set --stack "$stack" --path multiwan:router.readOnly true &&
    pulumi preview --stack "$stack" --non-interactive --json --save-plan saved.json >"$name.preview.json"; then
    set -- "$@" "$name.preview.json"
    if npx multiwan plan saved.json --stack "$stack" --output "$name.plan.new"; then
      set -- "$@" --plan "$name.plan.new"
    else
      failed=1
    fi
  else
    failed=1
    set -- "$@" --failed "$name.preview.json"
  fi
  rm -f saved.json
done
# 1: a preview ended with an error, and the comment says so.
npx multiwan review "$@" --post || { code=$?; failed=1; [ "$code" -eq 1 ] || exit "$code"; }
# Only now: a plan that nobody was told of is none.
for file in ./*.plan.new; do
  [ ! -e "$file" ] || mv "$file" "${file%.new}.json"
done
exit "$failed"
