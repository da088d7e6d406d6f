/** What all cases are made of: a change from one state to another, something that goes wrong in it, and what may come of it. */
import type { Lab } from "../../../lab/index.ts";
import type { Bench } from "../bench.ts";
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

const isBefore = (moment: Moment, other: Moment) => MOMENTS.indexOf(moment) < MOMENTS.indexOf(other);

/** Before the first byte of a change is sent nothing may happen, after its confirmation nothing may be undone. */
export function mayBe(moment: Moment, [from, to]: Change): Goal[] {
  if (isBefore(moment, "begin-sent")) return [from];
  return isBefore(moment, "confirm-answered") ? [from, to] : [to];
}

export const missed = (what: string): Finding => ({ verdict: "not hit", text: `the fault did not happen: ${what}` });

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
          if (left.some((path) => path.endsWith("/lock"))) {
            const { failures } = await bench.try(bench.at === "none" ? "site" : "none", {});
            // Or it has ended while the router was waited for.
            const told = Object.values(failures).join();
            if (told !== "" && !/another run is changing/.test(told))
              findings.push({
                verdict: "unexplained",
                text: `a lock that was left is not told: ${JSON.stringify(failures).slice(0, 400)}`,
              });
            await travel(bench.lab, 200);
          }
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
