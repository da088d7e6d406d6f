/** Has the router ended its transaction? */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "../../lab/index.ts";

/** Seconds until the router takes an unconfirmed change back, at least: a bench on a busy machine gives it more. */
export const CONFIRM = Number(process.env.FAULTS_CONFIRM ?? 3);
/** What the router gets on top, before anything is judged. */
export const GRACE = 10;

/** Looked at from outside: this is asked five times a second, and a process on the router costs it more than a whole look. */
export async function leftoversOn({ router }: Lab): Promise<readonly string[]> {
  const names = await readdir(join(router.root, "run/multiwan")).catch(() => []);
  return names.filter((name) => name === "lock" || name.startsWith("tx.")).map((name) => `/run/multiwan/${name}`);
}

/** Does a process of a transaction run? */
export async function busyOn({ router }: Lab): Promise<boolean> {
  const proc = join(router.root, "proc");
  const pids = (await readdir(proc)).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(join(proc, pid, "cmdline"), "utf8").catch(() => "")));
  return lines.some((line) => line.includes("/tx."));
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
