/** One change of a router at a time, whoever makes it. */
import type { Script } from "../dialects/script.ts";
import { LOCK } from "./bodies.ts";
import { type Run, scriptWith } from "./shell.ts";

export interface Holder {
  /** Seconds from arming until the router takes everything back by itself. */
  readonly seconds: number;
  /** Who runs this, for a second operator to read: `anna@laptop`. */
  readonly who: string;
}

/**
 * Does a lock hold anybody up? It counts in the boot in which it was taken, and until its time is over.
 * @param uptime seconds since the router's boot
 */
export function isHeld(
  lock: { readonly until: number; readonly boot: string },
  bootId: string,
  uptime: number,
): boolean {
  // Of /proc/sys the shell that takes the lock may have read the first byte only.
  return bootId.startsWith(lock.boot) && lock.until > uptime;
}

/** Nothing but what a lock begins with: a change whose time is over, and that was not rolled back, is rolled back. */
export function settleScript(run: Run, { seconds, who }: Holder): Script {
  return scriptWith(run, { LIMIT: seconds, WHO: who }, [LOCK], "prepare\ntake_lock\nsay settled; leave");
}
