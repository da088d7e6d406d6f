/** Has the router ended its transaction? */
import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "../lab/index.ts";

/** Seconds until the router takes an unconfirmed change back, at least: a bench on a busy machine gives it more. */
export const CONFIRM = Number(process.env.FAULTS_CONFIRM ?? 3);
/** What the router gets on top, before anything is judged. */
export const GRACE = 10;

export async function leftoversOn(lab: Lab): Promise<readonly string[]> {
  const text = await lab.router.exec("ls -d /run/multiwan/tx.* /run/multiwan/lock 2>/dev/null || :");
  return text.split("\n").filter(Boolean);
}

/** Does a process of a transaction run? */
export async function busyOn(lab: Lab): Promise<boolean> {
  const found = await lab.router.exec("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -c '/tx[.]' || :");
  return found.trim() !== "0";
}

/** Waits until no transaction is under way, at most until the router must have ended it. */
export async function settledOn(lab: Lab, confirm = CONFIRM): Promise<readonly string[]> {
  const until = performance.now() + (confirm + GRACE) * 1000;
  for (let idle = 0; ; ) {
    const left = await leftoversOn(lab);
    if (left.length === 0 || performance.now() > until) return left;
    idle = (await busyOn(lab)) ? 0 : idle + 1;
    // Nobody is left who could end it.
    if (idle >= 4) return left;
    await sleep(200);
  }
}
