import type { Script } from "../dialects/script.ts";
import { AWAIT_END, CONFIRM, DISK, LOCK, PERSIST, REVERT } from "./bodies.ts";
import { file, type Run, scriptWith } from "./shell.ts";

/**
 * Second exchange, all is well.
 * @param boot text of the new boot file; "" when there is to be none any more, undefined when it stays as it is
 * @param clears what failed rollbacks left is gone
 */
export function confirmScript(run: Run, boot: string | undefined, clears = false): Script {
  const keep = boot === "" ? "forget" : "persist";
  const writes = boot === undefined ? [] : [DISK, PERSIST];
  return scriptWith(run, { KEEP: boot === undefined ? "" : keep, CLEARS: clears ? 1 : "" }, [...writes, CONFIRM]);
}

/** Second exchange, something is wrong: take it back now, and do not wait for the watchers. */
export const revertScript = (run: Run): Script => scriptWith(run, {}, [REVERT]);

/** After contact was lost: waits until the transaction has ended one way or the other, and tells which. */
export const awaitScript = (run: Run): Script => scriptWith(run, {}, [AWAIT_END]);

/** Keeps a list of lines that are still there though the rollback ended well; where it goes on, it keeps one itself. */
export function leftScript(run: Run, list: string): Script {
  const keep = `prepare\n${file("left", list, run.nonce)}\nln "$T/left" "$D/left.$RUN" 2>/dev/null; leave`;
  return scriptWith(run, {}, [LOCK], keep);
}
