import type { Plan } from "../plan.ts";
import { WRITE_FILE } from "./disk.ts";
import { head, type Run } from "./shell.ts";

/**
 * The way back, as a script of its own that needs nobody to go on: the inverses of the steps that were begun, last one
 * first. `doing` names the step begun last, which may or may not have happened; `undone` lets another process take over
 * in the middle. Exit code 0: the router is as it was, as far as it shows.
 */
export function undoScript(plan: Plan, iptables: string, run: Run): string {
  return [
    head(run),
    WRITE_FILE,
    observeFunction(iptables),
    ...plan.steps.map((step, i) => `u${i + 1}() { ${step.undo}; }`),
    `back() {
  n=0; [ ! -e "$T/doing" ] || read -r n <"$T/doing"
  [ ! -e "$T/undone" ] || read -r n <"$T/undone"
  while [ "$n" -ge 1 ]; do
    "u$n" >>"$T/undo.out" 2>&1 || :
    n=$((n - 1)); echo $n >"$T/undone"
  done
  if [ -s "$T/seen" ]; then cp "$T/seen" "$D/manifest.new" && mv "$D/manifest.new" "$D/manifest"; else rm -f "$D/manifest"; fi
}
# A step's inverse fails where the step never happened: what counts is what the router shows afterwards.
for try in 1 2 3; do
  back
  observe >"$T/after"
  cmp -s "$T/before" "$T/after" && exit 0
  rm -f "$T/undone"; sleep 1
done
exit 1`,
  ].join("\n");
}

/** What the way back is judged by: everything of the kinds that steps touch, without counters and lifetimes. */
export function observeFunction(iptables: string): string {
  return `observe() {
  ip rule show; ip route show table all; ip addr show | grep ' inet '
  ${iptables}-save | grep -e '-j mw-' -e '^:mw-' -e '^-A mw-' | sed 's/ \\[.*//'
  cat /etc/iproute2/rt_tables 2>/dev/null
}`;
}
