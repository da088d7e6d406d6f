/**
 * `npm run faults -- [--seed N] [--count N] [--only F3,F5] [--match TEXT] [--part 1/4] [--no-exhaustive] [--labs N] [--verbose]`
 * Exhaustive cases first, then `count` random ones; the same seed plays the same cases. The last lines are the counts, also
 * where it is interrupted. `--counts JSON` are the numbers of commands that a run before has printed; counting takes a while.
 * FAULTS_CONFIRM=N gives the router at least N seconds to confirm instead of 3.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Bench, VARIANTS } from "./bench.ts";
import * as c from "./cases/index.ts";
import type { Finding, Verdict } from "./judge.ts";
import { MOMENTS } from "./operator.ts";
import { behave, type Caller, misbehave } from "./shims.ts";
import type { Goal } from "./site.ts";

export interface Played {
  readonly case: c.Case;
  readonly variant: string;
  readonly findings: readonly Finding[];
  readonly note: string;
}

/** mulberry32: a small generator whose numbers follow from its seed alone. */
export function randomFrom(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Counts {
  readonly apply: number;
  readonly undo: number;
  readonly session: number;
}

/** How many commands each part of a change has: the points at which it can be killed. */
export async function countCommands(bench: Bench, change: c.Change): Promise<Counts> {
  const [from, to] = change;
  const calls = async (caller: Caller) => {
    if (bench.at !== from) await bench.up(from);
    await misbehave(bench.lab, { caller, does: { nothing: true } });
    if (caller === "undo") {
      await (await bench.operator.run(bench.command(to, { at: "begin-answered", act: "die" }))).done;
      await bench.settled();
    } else await bench.up(to);
    return (await behave(bench.lab)).calls.length;
  };
  return { apply: await calls("apply"), session: await calls("session"), undo: await calls("undo") };
}

const PERSISTENT: readonly c.Change[] = [
  ["site", "moved"],
  ["moved", "site"],
];
const range = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

/** Every point of every fault that has countable points. */
export function exhaustive(counts: (change: c.Change) => Counts): c.Case[] {
  const both: readonly c.Change[] = [
    ["none", "site"],
    ["site", "moved"],
  ];
  return [
    ...both.flatMap((change) => MOMENTS.map((moment) => c.f1(change, moment))),
    ...c.CUT_NAMES.flatMap((cut) => MOMENTS.map((moment) => c.f2(["site", "moved"], moment, cut, 4))),
    ...MOMENTS.slice(3).map((moment) => c.f2Late(["site", "moved"], moment, 2)),
    ...c.CHANGES.flatMap((change) => range(counts(change).apply).map((k) => c.f3(change, "apply", k, "before"))),
    ...both.flatMap((change) => range(counts(change).session).map((k) => c.f3(change, "session", k, "before"))),
    ...c.BLOWS.flatMap((blow) =>
      (["goes on", "is gone"] as const).map((operator) => c.f4(["site", "moved"], blow, operator, 0)),
    ),
    ...c.CHANGES.flatMap((change) => range(counts(change).undo).map((k) => c.f5(change, k, "before", "undo"))),
    // Not the first up: what it has written to rt_tables before it was confirmed is there after a reboot (docs/reliability.md).
    ...PERSISTENT.flatMap((change) => MOMENTS.map((moment) => c.f6(change, moment))),
    ...PERSISTENT.flatMap((change) => range(counts(change).session).map((k) => c.f6At(change, "session", k))),
    ...both.flatMap((change) =>
      Object.keys(c.DISKS).flatMap((disk) => c.DISK_MOMENTS.map((at) => c.f8(change, disk, at))),
    ),
    ...Object.keys(c.EDITS).map((edit) => c.f9(["site", "moved"], "read-answered", edit, "goes on")),
    ...Object.keys(c.EDITS).map((edit) => c.f9(["site", "moved"], "begin-answered", edit, "dies")),
    ...c.OWN_NAMES.map((edit) => c.f9Own(["site", "moved"], "begin-answered", edit)),
    ...Object.keys(c.DAEMONS).flatMap((daemon) =>
      (["begin-answered", "confirm-sending"] as const).flatMap((moment) =>
        (["goes on", "dies"] as const).map((next) => c.f9Daemon(["site", "moved"], moment, daemon, next)),
      ),
    ),
    ...both.flatMap((change) => Object.keys(c.MISSING).map((tool) => c.f10Missing(change, tool))),
    ...both.map((change) => c.f10Unwatched(change)),
    ...c.TOOL_FAULTS.map(([name, mischief]) => c.f10(["none", "site"], name, mischief)),
    ...Object.keys(c.INTENTIONS).map((name) => c.f11(name)),
    ...both.flatMap((change) => c.SLOWNESS.map((slowness) => c.f12(change, slowness))),
    ...(["router", "operator"] as const).flatMap((whose) =>
      c.STEPS.flatMap((step) =>
        (["read-answered", "begin-answered", "confirm-sent"] as const).map((moment) =>
          c.f13(["site", "moved"], whose, step, moment),
        ),
      ),
    ),
    ...c.LOSSES.map((what) => c.f14(["site", "site"], what)),
    ...c.OWN_NAMES.map((edit) => c.f14Refresh(["site", "site"], edit)),
  ];
}

/** One random fault. */
export function randomCase(
  random: () => number,
  counts: (change: c.Change) => Counts,
  only?: readonly string[],
): c.Case {
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const int = (most: number) => 1 + Math.floor(random() * most);
  const change = one(c.CHANGES);
  const when = one(["before", "after"] as const);
  const makers: Readonly<Record<string, () => c.Case>> = {
    F1: () => (random() < 0.3 ? c.f1(change, one(MOMENTS)) : c.f1Random(change, int(700))),
    F2: () =>
      random() < 0.2
        ? c.f2Late(change, one(MOMENTS), 1 + random() * 3)
        : c.f2(change, one(MOMENTS), one(c.CUT_NAMES), 1 + random() * 5),
    F3: () => {
      const caller = random() < 0.75 ? "apply" : "session";
      return c.f3(change, caller, int(counts(change)[caller]), when);
    },
    F4: () => c.f4(change, one(c.BLOWS), one(["goes on", "is gone"] as const), int(2600)),
    F5: () => c.f5(change, int(counts(change).undo), when, one(["undo", "watcher"] as const)),
    F6: () =>
      random() < 0.4
        ? c.f6(one(PERSISTENT), one(MOMENTS))
        : c.f6At(one(PERSISTENT), one(["apply", "session"] as const), int(12)),
    // Not those that remove the boot file: a disk that is faked by a mount would show it again.
    F8: () => c.f8(one(c.CHANGES.slice(0, 3)), one(Object.keys(c.DISKS)), one(c.DISK_MOMENTS)),
    F9: () =>
      random() < 0.3
        ? c.f9Two(change, one(["site", "moved", "none"]), int(400))
        : random() < 0.3
          ? c.f9Own(["site", "moved"], one(MOMENTS), one(c.OWN_NAMES))
          : random() < 0.5
            ? c.f9Daemon(one(PERSISTENT), one(MOMENTS), one(Object.keys(c.DAEMONS)), one(["goes on", "dies"] as const))
            : c.f9(change, one(MOMENTS), one(Object.keys(c.EDITS)), one(["goes on", "dies"] as const)),
    F10: () => {
      const caller = one(["apply", "undo", "session"] as const);
      // A tool that lies (does nothing, and says that all is well) is believed, but for those whose work is read again.
      const fault = one([{ fail: int(4) }, { late: int(4) }]);
      return c.f10(change, `command ${when} of ${caller}: ${JSON.stringify(fault)}`, {
        ...{ caller, k: int(counts(change)[caller]), does: fault },
      });
    },
    F11: () => c.f11(one(Object.keys(c.INTENTIONS))),
    F12: () => c.f12(change, one(c.SLOWNESS)),
    F13: () => c.f13(change, one(["router", "operator"] as const), one(c.STEPS), one(MOMENTS)),
    F14: () => {
      const goal = one(["site", "moved"] as const);
      return random() < 0.5 ? c.f14([goal, goal], one(c.LOSSES)) : c.f14Refresh([goal, goal], one(c.OWN_NAMES));
    },
  };
  const fault = one(Object.keys(makers).filter((name) => !only || only.includes(name)));
  return makers[fault]!();
}

/** Plays cases on labs of all variants side by side. A lab in which something was found is not used again. */
export async function play(
  list: readonly c.Case[],
  { labs, seed, onPlayed }: { labs: number; seed: number; onPlayed: (played: Played) => void },
): Promise<void> {
  const queue = [...list];
  // A case that begins where the lab is costs one run less. Only among the next few: an interrupted campaign has then played
  // what came first.
  const take = (at: Goal | undefined) => {
    const i = queue.slice(0, 40).findIndex(({ from }) => from === at);
    return queue.splice(Math.max(i, 0), 1)[0];
  };
  const variants = Object.keys(VARIANTS);
  const lane = async (variant: string) => {
    let bench: Bench | undefined;
    let before = "nothing";
    try {
      for (let next = take(undefined); next; next = take(bench?.at)) {
        let findings: readonly Finding[];
        try {
          bench ??= await Bench.start(VARIANTS[variant]!);
          findings = await Promise.race([playOn(bench, next), tooLong(bench.confirm)]);
        } catch (error) {
          findings = [{ verdict: "unexplained", text: `after ${before}: ${(error as Error).stack}` }];
        }
        onPlayed({ case: next, variant, findings, note: bench?.note ?? "" });
        before = next.name;
        if (isBad(findings) || next.spoils) {
          before = "nothing";
          await bench?.[Symbol.asyncDispose]();
          bench = undefined;
        }
      }
    } finally {
      await bench?.[Symbol.asyncDispose]();
    }
  };
  await Promise.all(range(labs).map((_, i) => lane(variants[(i + seed) % variants.length]!)));
}

const isBad = (findings: readonly Finding[]) => findings.some((f) => f.verdict !== "not hit");

async function tooLong(confirm: number): Promise<readonly Finding[]> {
  await sleep(confirm * 60_000, undefined, { ref: false });
  return [{ verdict: "unexplained", text: `no end within ${confirm} minutes` }];
}

export async function playOn(bench: Bench, next: c.Case): Promise<readonly Finding[]> {
  if (bench.at !== next.from) await bench.up(next.from);
  bench.note = "";
  const link = [next.from, next.to].every((goal) => goal === "site" || goal === "moved");
  if (link) await bench.hold();
  const findings = await next.play(bench);
  await bench.dropHeld();
  return findings;
}

const VERDICTS: readonly Verdict[] = ["lock-out", "foreign lost", "mixed", "torn", "unexplained", "not hit"];

export function table(played: readonly Played[]): string {
  const faults = [...new Set(played.map((p) => p.case.fault))].sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
  const row = (name: string, runs: readonly Played[]) =>
    [
      name,
      runs.length,
      ...VERDICTS.map((v) => runs.filter((p) => p.findings.some((f) => f.verdict === v)).length),
    ].join(" | ");
  return [
    `| ${["fault", "runs", ...VERDICTS].join(" | ")} |`,
    `|${" --- |".repeat(VERDICTS.length + 2)}`,
    ...faults.map(
      (fault) =>
        `| ${row(
          fault,
          played.filter((p) => p.case.fault === fault),
        )} |`,
    ),
    `| ${row("all", played)} |`,
  ].join("\n");
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      seed: { type: "string", default: "1" },
      count: { type: "string", default: "100" },
      only: { type: "string" },
      match: { type: "string" },
      part: { type: "string", default: "1/1" },
      exhaustive: { type: "boolean", default: true },
      labs: { type: "string", default: "2" },
      counts: { type: "string" },
      verbose: { type: "boolean", default: false },
    },
  });
  const seed = Number(values.seed);
  const only = values.only?.split(",");
  const random = randomFrom(seed);
  const known = new Map<string, Counts>();
  if (values.counts)
    for (const [change, counts] of Object.entries(JSON.parse(values.counts) as object))
      known.set(change, counts as Counts);
  else {
    const bench = await Bench.start(VARIANTS["nft dash"]!);
    for (const change of c.CHANGES) known.set(change.join(), await countCommands(bench, change));
    await bench[Symbol.asyncDispose]();
  }
  const counts = (change: c.Change) => known.get(change.join())!;
  const [part = 1, parts = 1] = values.part.split("/").map(Number);
  const list = [
    ...(values.exhaustive ? exhaustive(counts) : []),
    ...range(Number(values.count)).map(() => randomCase(random, counts, only)),
  ]
    .filter((one) => (!only || only.includes(one.fault)) && one.name.includes(values.match ?? ""))
    .filter((_, i) => i % parts === part - 1);
  console.log(`seed ${seed}: ${list.length} cases; commands: ${JSON.stringify(Object.fromEntries(known))}`);
  const played: Played[] = [];
  const from = performance.now();
  const report = () => console.log(`${Math.round((performance.now() - from) / 1000)} s\n${table(played)}`);
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      report();
      process.exit(1);
    });
  await play(list, {
    ...{ labs: Number(values.labs), seed },
    onPlayed: (one) => {
      played.push(one);
      const name = `${one.case.fault} ${one.case.name} (${one.variant})`;
      if (isBad(one.findings))
        console.log(
          `FOUND ${name}\n${one.findings.map((f) => `  ${f.verdict}: ${f.text.replaceAll("\n", "\n    ")}`).join("\n")}`,
        );
      else if (values.verbose) console.log(`ok ${name} ${one.note}`.trimEnd());
    },
  });
  report();
  process.exitCode = played.some((p) => isBad(p.findings)) ? 1 : 0;
}

if (process.argv[1] === import.meta.filename) await main();
