import { PERSIST } from "./disk.ts";
import { PREPARE } from "./lock.ts";
import { file, head, type Run } from "./shell.ts";
import { CONTACT } from "./watch.ts";

/**
 * Second exchange, all is well: whoever renames `armed` first decides, the operator or the watchers. What is confirmed
 * is written to the disk last, so that a reboot at any moment before comes back with what was confirmed before.
 * @param clears what failed rollbacks left is gone
 * @param boot text of the new boot file; "" when there is to be none any more, undefined when it stays as it is
 */
export function confirmScript(run: Run, boot: string | undefined, clears = false): string {
  const keep = boot === "" ? "forget" : "persist";
  return `${head(run)}
${boot === undefined ? "" : PERSIST}
uptime_now; deadline=; { read -r deadline <"$T/deadline"; } 2>/dev/null
# Past its time nothing can be confirmed any more, also where nobody has rolled it back yet.
if [ -n "$deadline" ] && [ "$U" -ge "$deadline" ]; then
  if mv "$T/armed" "$T/firing" 2>/dev/null; then roll_back; else say late; fi
elif mv "$T/armed" "$T/confirmed" 2>/dev/null; then
  born $$; echo "$$ $BORN" >"$T/owner"
  rm -f "$D/reverted"${clears ? ' "$D"/left.*' : ""}
  ${boot === undefined ? "" : `${keep} >"$T/out" 2>&1 || { say unpersisted; cat "$T/out"; echo; say end; }`}
  leave; say confirmed
else say late; fi`;
}

/** Second exchange, something is wrong: take it back now, and do not wait for the watchers. */
export function revertScript(run: Run): string {
  return `${head(run)}
if mv "$T/armed" "$T/firing" 2>/dev/null; then roll_back; else say late; fi`;
}

/**
 * After contact was lost: waits until the transaction has ended one way or the other, and tells which. Where nobody is left
 * on the router to end it, this one does.
 */
export function awaitScript(run: Run): string {
  return `${head(run)}
[ ! -f "$T/watch.sh" ] || sh "$T/watch.sh" ${CONTACT} </dev/null >/dev/null 2>&1
while [ -d "$T" ] && [ ! -e "$T/stuck" ]; do sleep 1; done
run= verdict=; read -r run verdict 2>/dev/null <"$D/reverted" || :
if [ -d "$T" ]; then say stuck
elif [ "$run" = "$RUN" ]; then rm -f "$D/reverted"; rmdir "$D" 2>/dev/null || :; say "$verdict"; else say confirmed; fi`;
}

/** Keeps a list of lines that are still there though the rollback ended well; where it goes on, it keeps one itself. */
export function leftScript(run: Run, list: string): string {
  return `${head(run)}
${PREPARE}
${file("left", list, run.nonce)}
ln "$T/left" "$D/left.$RUN" 2>/dev/null; leave`;
}
