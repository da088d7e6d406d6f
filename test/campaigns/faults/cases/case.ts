/** What all cases are made of: a change from one state to another, something that goes wrong in it, and what may come of it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "../../../lab/index.ts";
import type { Bench } from "../bench.ts";
import { difference } from "../dumps.ts";
import { type Finding, type JudgeOptions, judge } from "../judge.ts";
import { type Answer, MOMENTS, type Moment } from "../operator.ts";
import type { Goal } from "../site.ts";

export interface Case {
  readonly fault: string;
  readonly name: string;
  readonly from: Goal;
  readonly to: Goal;
  /** The router is another one afterwards: what it found is not what it had found before. The lab is not used again. */
  readonly spoils?: boolean;
  /** States that it is compared with, beside those two. */
  readonly needs?: readonly Goal[];
  /** It takes foreign lines away by itself, or needs the lab's own router: not for a random one. */
  readonly labOnly?: boolean;
  play(bench: Bench): Promise<Finding[]>;
}

export type Change = readonly [from: Goal, to: Goal];
export const CHANGES: readonly Change[] = [
  ["none", "site"],
  ["site", "moved"],
  ["moved", "site"],
  ["site", "none"],
  ["site", "replies"],
  ["replies", "site"],
];
const title = ([from, to]: Change) => `${from}>${to}`;

export type Judge = (allowed: readonly Goal[], options?: JudgeOptions) => Promise<Finding[]>;

export const make = (
  fault: string,
  name: string,
  change: Change,
  play: (bench: Bench, judge: Judge) => Promise<Finding[]>,
): Case => ({
  ...{ fault, name: `${title(change)} ${name}`, from: change[0], to: change[1] },
  play: (bench) => play(bench, (allowed, options) => judge(bench, allowed, change[1], options)),
});

/** Did the run say that all of it is in force, or that nothing of it is? */
export function told(answer: Answer | undefined): boolean | undefined {
  if (!answer) return undefined;
  const said = Object.values(answer.failures).join("\n");
  if (said === "") return true;
  return /taken (it )?back|nothing was changed|rolled back/i.test(said) && !/was made|look at it/.test(said)
    ? false
    : undefined;
}

/** Did the run say that what is in force is not on the disk? Then it may be missing there. */
export const unwritten = (answer: Answer | undefined): boolean =>
  /could not be written to the disk/.test(JSON.stringify(answer?.failures ?? {}));

const isBefore = (moment: Moment, other: Moment) => MOMENTS.indexOf(moment) < MOMENTS.indexOf(other);

/** Before the first byte of a change is sent nothing may happen, after its confirmation nothing may be undone. */
export function mayBe(moment: Moment, [from, to]: Change): Goal[] {
  if (isBefore(moment, "begin-sent")) return [from];
  return isBefore(moment, "confirm-answered") ? [from, to] : [to];
}

export const missed = (what: string): Finding => ({ verdict: "not hit", text: `the fault did not happen: ${what}` });

/** Has the tool misbehaved, before the router must have ended the change? */
export async function untilHit({ router }: Lab, confirm: number): Promise<boolean> {
  const file = join(router.root, "usr/local/sbin/.shim/hit");
  for (const until = performance.now() + (confirm + 10) * 1000; performance.now() < until; await sleep(20))
    if (existsSync(file)) return true;
  return false;
}

/**
 * A change that nobody is left to roll back is rolled back by the next run that has something to do, before it does that: what was
 * never confirmed is not taken for what is there.
 */
async function rolledBackFirst(bench: Bench): Promise<Finding[]> {
  const before = bench.at;
  const run = await bench.operator.run(
    bench.command(before === "none" ? "site" : "none", { at: "await-answered" as Moment, act: "stop" }),
  );
  if (!(await run.reached)) return [];
  const [wanted, there] = [bench.expected.get(before)!, await bench.dump()];
  await bench.operator.kill();
  return wanted === there
    ? []
    : [{ verdict: "mixed", text: `the next run does not roll it back first:\n${difference(wanted, there)}` }];
}

async function lockIsTold(bench: Bench): Promise<Finding[]> {
  const { failures } = await bench.try(bench.at === "none" ? "site" : "none", {});
  // Or it has ended while the router was waited for.
  const told = Object.values(failures).join();
  if (told === "" || /another run is changing/.test(told)) return [];
  const text = `a lock that was left is not told: ${JSON.stringify(failures).slice(0, 400)}`;
  return [{ verdict: "unexplained", text }];
}

/** A lock whose owner is dead goes after its time, which is made to pass. */
export async function ended(
  bench: Bench,
  left: readonly string[],
  judge: (options: JudgeOptions) => Promise<Finding[]>,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  try {
    return [
      ...(await judge({
        left,
        mayLeave: left.length > 0,
        before: async () => {
          if (!left.some((path) => path.endsWith("/lock"))) return;
          const isOpen = (name: string) => left.some((path) => existsSync(join(bench.lab.router.root, path, name)));
          const abandoned = (isOpen("armed") || isOpen("firing")) && !isOpen("stuck");
          if (!abandoned) findings.push(...(await lockIsTold(bench)));
          await travel(bench.lab, 200);
          if (abandoned) findings.push(...(await rolledBackFirst(bench)));
        },
      })),
      ...findings,
    ];
  } finally {
    await bench.lab.router.exec("umount /proc/uptime 2>/dev/null || :");
  }
}

/** Time since boot jumps; nothing else on a router could do that. */
export async function travel(lab: Lab, seconds: number): Promise<void> {
  await lab.router.exec(
    `read -r u rest </proc/uptime; echo "$((\${u%%.*} + ${seconds})).00 $rest" >/tmp/.uptime; mount --bind /tmp/.uptime /proc/uptime`,
  );
}
