/** Plays cases on labs, and counts what came of them. */
import { setTimeout as sleep } from "node:timers/promises";
import { drawRouter } from "../routers/draw.ts";
import type { RandomRouter } from "../routers/value.ts";
import { Bench, Refused, VARIANTS } from "./bench.ts";
import type * as c from "./cases/index.ts";
import type { Counts } from "./choose.ts";
import type { Finding, Verdict } from "./judge.ts";
import { Places } from "./place.ts";
import { randomFrom, range } from "./random.ts";
import { behave, type Caller, misbehave } from "./shims.ts";
import type { Goal } from "./site.ts";

export interface Played {
  readonly case: c.Case;
  /** Its place in the list, from 1. */
  readonly n: number;
  readonly router?: RandomRouter;
  readonly variant: string;
  readonly findings: readonly Finding[];
  readonly note: string;
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

/** Plays cases on labs of all variants side by side. A lab in which something was found is not used again. */
export async function play(list: readonly c.Case[], { labs, seed, onPlayed, enough }: Play): Promise<void> {
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
      for (let next = take(undefined); next && !enough.aborted; next = take(bench?.at)) {
        let findings: readonly Finding[];
        try {
          bench ??= await Bench.start(VARIANTS[variant]!);
          findings = await Promise.race([playOn(bench, next), tooLong(bench.confirm)]);
        } catch (error) {
          findings = [{ verdict: "unexplained", text: `after ${before}: ${(error as Error).stack}` }];
        }
        onPlayed({ case: next, n: list.indexOf(next) + 1, variant, findings, note: bench?.note ?? "" });
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

/** A router of its own for each case, drawn by the case's place in the list until one is found that the site can be had on. */
export async function playOnRandom(
  list: readonly (readonly [n: number, one: c.Case])[],
  { labs, seed, onPlayed, onRefused, enough }: RandomPlay,
): Promise<void> {
  const queue = [...list];
  const lane = async () => {
    await using places = new Places();
    const routerOf = (n: number, attempt = 0) => drawRouter(randomFrom(Math.imul(seed, 1_000_003) + n * 64 + attempt));
    const take = () => places.next(queue, ([n]) => routerOf(n));
    for (let next = await take(); next && !enough.aborted; next = await take()) {
      const [n, one] = next;
      let findings: readonly Finding[] = [];
      let router: RandomRouter = {};
      let note = "";
      for (let attempt = 0; attempt < 20; attempt++) {
        router = routerOf(n, attempt);
        try {
          const bench = await Bench.on(await places.for(router), router, [
            ...new Set([one.from, one.to, ...(one.needs ?? [])]),
          ]);
          findings = await Promise.race([playOn(bench, one), tooLong(bench.confirm)]);
          note = bench.note;
          break;
        } catch (error) {
          const text = String((error as Error).stack);
          if (error instanceof Refused) {
            onRefused(n, router, error.message);
            await places.leave();
            continue;
          }
          // A command of the case's own that this router has no place for.
          const verdict = /^Error: router: exit code/.test(text) ? "not hit" : "unexplained";
          findings = [{ verdict, text }];
          break;
        }
      }
      if (findings.length > 0 || one.spoils) await places.drop();
      else await places.leave();
      onPlayed({ case: one, n, router, variant: "random", findings, note });
    }
  };
  await Promise.all(range(labs).map(lane));
}

interface Play {
  readonly labs: number;
  readonly seed: number;
  onPlayed(played: Played): void;
  /** No other case is begun once it is aborted. */
  readonly enough: AbortSignal;
}

interface RandomPlay extends Play {
  onRefused(n: number, router: RandomRouter, why: string): void;
}

export const isBad = (findings: readonly Finding[]) => findings.some((f) => f.verdict !== "not hit");

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
