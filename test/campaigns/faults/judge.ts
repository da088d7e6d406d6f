/** The judge: looks at a router after a fault, and whether the next runs get on. */
import type { Bench } from "./bench.ts";
import { bootFileIn, difference, entriesIn, without } from "./dumps.ts";
import { GRACE } from "./settled.ts";
import { behave } from "./shims.ts";
import type { Goal } from "./site.ts";

/** `not hit`: the point did not come, such as the 90th command of a change that has 80 on this router. No fault then. */
export type Verdict = "lock-out" | "foreign lost" | "mixed" | "torn" | "unexplained" | "not hit";

export interface Finding {
  readonly verdict: Verdict;
  readonly text: string;
}

export interface JudgeOptions {
  /** What `settled` has answered already. */
  readonly left?: readonly string[];
  /** A lock may stay, for the next run to recognise. */
  readonly mayLeave?: boolean;
  /** Lines that others have written meanwhile. */
  readonly ignore?: (line: string) => boolean;
  /** The run told that it had succeeded, or that nothing of it is left; undefined where it died or did not know. */
  readonly returned?: boolean | undefined;
  readonly mustHit?: boolean;
  /** false: the state right after the fault is not looked at. */
  readonly judged?: boolean;
  /** The router converges, but not what it remembers of what was there before. */
  readonly forgets?: boolean;
  /** What is confirmed may not be on the disk yet: the router was switched off, or short of something. */
  readonly unwritten?: boolean;
  /** Several runs have each changed what they wanted to: every resource is as in one of the goals, if not in the same. */
  readonly mixes?: boolean;
  /** Runs before the run that has to converge. */
  readonly before?: () => Promise<unknown>;
}

/**
 * The judge. The router must be in one of `allowed`, foreign lines included; a login must work; a run to `goal` must
 * get there and the one after must write nothing.
 */
export async function judge(
  bench: Bench,
  allowed: readonly Goal[],
  goal: Goal,
  options: JudgeOptions = {},
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const find: Find = (verdict, text) => void findings.push({ verdict, text });
  if (!(await settledIn(bench))) find("lock-out", "no new connection within the time");
  const left = options.left ?? (await bench.settled());
  if (left.length > 0 && !options.mayLeave) find("unexplained", `left behind: ${left.join(" ")}`);
  const { hit } = await behave(bench.lab);
  const torn = await bench.lab.router.exec(TORN);
  if (torn !== "") find("torn", torn);
  if (options.mustHit && !hit) find("not hit", "the fault did not happen");
  if (options.judged !== false) {
    findings.push(...(await asItIs(bench, allowed, goal, options)));
    await findLost(bench, options, find);
  }
  await bench.held?.echo().catch((error: Error) => find("unexplained", `held connection: ${error.message}`));
  await options.before?.();
  await converges(bench, goal, options, find)
    .then(() => keepsBefore(bench, allowed[0], goal, options, find))
    .catch((error: Error) => find("unexplained", error.message));
  return findings;
}

type Find = (verdict: Verdict, text: string) => void;

const editsOf = ({ ignore = () => false }: JudgeOptions) => ignore;

/** A state of this goal, without what others have written meanwhile. */
const wantedOf =
  (bench: Bench, options: JudgeOptions) =>
  (goal: Goal): string =>
    without(bench.expected.get(goal)!, editsOf(options));

/** The router right after the fault: in one of the states that are allowed, and in the one that was told. */
async function asItIs(
  bench: Bench,
  allowed: readonly Goal[],
  goal: Goal,
  options: JudgeOptions,
): Promise<readonly Finding[]> {
  const now = without(await bench.dump(), editsOf(options));
  const wanted = wantedOf(bench, options);
  const state = stateOf(now, allowed, wanted, options);
  if (!state) {
    const each = options.mixes && resourcesAreOf(now, allowed.map(wanted));
    return compare(bench, now, allowed, wanted).filter(({ verdict }) => !each || verdict !== "mixed");
  }
  if (options.returned === undefined) return [];
  const recorded = options.returned ? goal : allowed[0];
  if (state === recorded) return [];
  return [{ verdict: "unexplained", text: `recorded "${recorded}", but the router is as in "${state}"` }];
}

async function findLost(
  bench: Bench,
  options: JudgeOptions,
  find: Find,
  counts = (_line: string) => true,
): Promise<void> {
  const edits = editsOf(options);
  const lost = (await bench.lost()).filter((line) => !edits(line) && counts(line));
  if (lost.length > 0) find("foreign lost", lost.slice(0, 12).join("\n"));
}

/** The next run gets to the goal, and the one after it writes nothing. */
async function converges(bench: Bench, goal: Goal, options: JudgeOptions, find: Find): Promise<void> {
  await bench.up(goal);
  const part = (text: string) => (options.forgets ? text.split("## /run")[0]! : text);
  const reached = part(without(await bench.dump(), editsOf(options)));
  const there = part(wantedOf(bench, options)(goal));
  if (reached !== there) find("unexplained", `the next up does not converge:\n${difference(there, reached)}`);
  // What a hand has taken away that was there before the site comes back with this run, as the last of its kind.
  if (options.judged === false) await findLost(bench, options, find, (line) => !line.endsWith("in another order"));
  const again = await bench.try(goal);
  const changed = Object.values(again.ops).filter((op) => op !== "same");
  if (changed.length > 0 || Object.keys(again.failures).length > 0 || again.exchanges > 1)
    find("unexplained", `the up after it is not silent: ${JSON.stringify(again).slice(0, 300)}`);
  const end = await bench.leftovers();
  if (end.length > 0) find("unexplained", `left behind at the end: ${end.join(" ")}`);
}

/** From one boot file to another, the first stays beside the second. */
async function keepsBefore(
  bench: Bench,
  from: Goal | undefined,
  to: Goal,
  options: JudgeOptions,
  find: Find,
): Promise<void> {
  if (from === undefined || options.forgets || options.mixes) return;
  const [a, b] = [from, to].map((goal) => bootFileIn(wantedOf(bench, options)(goal)).boot);
  if (a !== "" && b !== "" && a !== b && (await bench.lab.router.exec(UNKEPT)) !== "")
    find("unexplained", "the boot file before is not beside the boot file");
}

/** For the loader to fall back to. */
const UNKEPT = `cd /etc/multiwan; [ "$(tail -n 1 boot.prev)" = "# cksum $(sed '$d' boot.prev | cksum)" ] || echo boot.prev`;

async function settledIn(bench: Bench): Promise<boolean> {
  const until = performance.now() + (bench.confirm + GRACE) * 1000;
  do if (await bench.getsIn()) return true;
  while (performance.now() < until);
  return false;
}

function compare(bench: Bench, now: string, allowed: readonly Goal[], wanted: (goal: Goal) => string): Finding[] {
  const base = [...bench.expected.keys()].map((goal) => new Set(wanted(goal).split("\n")));
  const everywhere = [...base[0]!].filter((line) => base.every((lines) => lines.has(line)));
  const there = new Set(now.split("\n"));
  const lost = everywhere.filter((line) => !there.has(line));
  const diffs = allowed.map((g) => `against "${g}":\n${difference(wanted(g), now)}`);
  return [
    {
      verdict: lost.length > 0 ? "foreign lost" : "mixed",
      text: `${lost.join("\n")}\n${diffs.join("\n")}`.slice(0, 3000),
    },
  ];
}

/** Every entry of the manifest is that of one of these states. */
function resourcesAreOf(now: string, wanted: readonly string[]): boolean {
  const known = new Set(wanted.flatMap(entriesIn));
  return entriesIn(now).every((entry) => known.has(entry));
}

/**
 * A change that was confirmed, but could not yet be written to the disk, is in force: the next run writes it. Not so where the run
 * told how it ended.
 */
function stateOf(
  now: string,
  allowed: readonly Goal[],
  wanted: (goal: Goal) => string,
  { returned, unwritten }: JudgeOptions,
): Goal | undefined {
  const [from, to] = allowed;
  const whole = allowed.find((goal) => now === wanted(goal));
  if (whole || !from || !to || !unwritten || returned !== undefined) return whole;
  const { boot, rest } = bootFileIn(now);
  return bootFileIn(wanted(from)).boot === boot && bootFileIn(wanted(to)).rest === rest ? to : undefined;
}

/** Files that are whole are by their checksum; files under way have names of their own, and are gone afterwards. */
export const TORN = `cd /etc
[ ! -e multiwan/boot ] || [ "$(tail -n 1 multiwan/boot)" = "# cksum $(sed '$d' multiwan/boot | cksum)" ] || echo multiwan/boot
ls iproute2/*.mw* network/if-up.d/*.mw* 2>/dev/null || :`;
