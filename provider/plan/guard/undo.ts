import type { Beginning } from "./begin.ts";
import { WRITE_FILE } from "./disk.ts";
import { head } from "./shell.ts";

/**
 * The way back, as a script of its own that needs nobody to go on: the inverses of the steps that were begun, last one
 * first. `doing` names the step begun last, which may or may not have happened; `undone` lets another process take over
 * in the middle. Exit code 0: the router is as it was, as far as it shows.
 */
export function undoScript(begin: Beginning): string {
  const { plan, iptables, seen = "" } = begin;
  return [
    head(begin),
    // Whoever runs this script: it is this process that must be alive, or be followed by another.
    'echo $$ >"$T/owner"',
    WRITE_FILE,
    // Nothing is to be taken back: only what was opened for writing is closed.
    '[ "$1" != close ] || { close_disk; exit; }',
    observeFunction(iptables),
    ...plan.steps.map((step, i) => `u${i + 1}() { ${step.undo}; }`),
    // After the last step comes the manifest, which is always taken back.
    `u${plan.steps.length + 1}() { :; }`,
    `back() {
  n=0; [ ! -e "$T/doing" ] || read -r n <"$T/doing"
  [ ! -e "$T/undone" ] || read -r n <"$T/undone"
  # No room for a number: any of them may have been done.
  [ -n "$n" ] || n=${plan.steps.length}
  never=; [ $try -gt 1 ] || read -r never 2>/dev/null <"$T/never" || :
  while [ "$n" -ge 1 ]; do
    # Whoever took our place has ended what we are in the middle of.
    [ -d "$T" ] || exit 1
    [ "$n" = "$never" ] || "u$n" >>"$T/undo.out" 2>&1 || :
    n=$((n - 1)); echo $n >"$T/undone"
  done
  ${seen !== "" ? 'keep_manifest "$T/seen"' : "drop_manifest"}
}
# A step's inverse fails where the step never happened: what counts is what the router shows afterwards.
for try in 1 2 3; do
  back
  observe | cmp -s "$T/before" - && exit 0
  rm -f "$T/undone"; sleep 1
done
exit 1`,
  ].join("\n");
}

/** What the way back is judged by: everything of the kinds that steps touch, without counters and lifetimes. */
export function observeFunction(iptables: string): string {
  return `observe() {
  # What came back stands behind its equals: same priority, same device. That order means nothing.
  { ip rule show; ip -4 route show table all; ip addr show | grep ' inet '; } | sort
  ${iptables}-save | grep -e '-j mw-' -e '^:mw-' -e '^-A mw-' | sed 's/ \\[.*//'
  cat /etc/iproute2/rt_tables 2>/dev/null
}`;
}
