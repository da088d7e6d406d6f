set -e
if [ -z "${MULTIWAN_KEY:-}" ]; then
  echo "the key that may change the router is not set for this job: see docs/delivery.md"
  exit 1
fi
plan=${STACK##*/}.plan.json
[ -f "$plan" ] || { echo "the last review has left no plan of $STACK: its preview failed. Run the review again"; exit 1; }
eval "$(ssh-agent -s)" >/dev/null
trap 'ssh-agent -k >/dev/null' EXIT
printf '%s\n' "$MULTIWAN_KEY" | ssh-add -q -
npx multiwan apply "$plan" --stack "$STACK"
npx multiwan verify --stack "$STACK"
