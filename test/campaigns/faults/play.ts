/** Plays cases on labs, and counts what came of them. */
import { setTimeout as sleep } from "node:timers/promises";
import { DIMENSIONS, drawRouter, has } from "../routers/draw.ts";
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

/** The router of the n-th case; of the next attempt, where the site cannot be had on it. Those that do not fit are passed over. */
const routersOf =
  (seed: number, fits: (router: RandomRouter) => boolean) =>
  (n: number, attempt = 0): RandomRouter => {
    for (let draw = 0, fitting = 0; ; draw++) {
      const router = drawRouter(randomFrom(Math.imul(seed, 1_000_003) + n * 64 + draw));
      if (fits(router) && fitting++ === attempt) return router;
    }
  };

/** @param text `sh=mksh`, or `sh=mksh;bash`: any of them. @throws {Error} no such value */
export function routersWith(text: string): (router: RandomRouter) => boolean {
  const [name = "", values = ""] = text.split("=");
  const wanted = values.split(";");
  const known = DIMENSIONS.find((dimension) => dimension.name === name)?.values.map((value) => value.name) ?? [];
  const unknown = wanted.filter((value) => !known.includes(value));
  if (unknown.length > 0) throw new Error(`no random router has ${name}=${unknown.join()}`);
  return (router) => wanted.some((value) => has(router, name, value));
}

/** A router of its own for each case, drawn by the case's place in the list until one is found that the site can be had on. */
export async function playOnRandom(
  list: readonly (readonly [n: number, one: c.Case])[],
  { labs, seed, fits = () => true, onPlayed, onRefused, enough }: RandomPlay,
): Promise<void> {
  const queue = [...list];
  const lane = async () => {
    await using places = new Places();
    const routerOf = routersOf(seed, fits);
    const take = () => places.next(queue, ([n]) => routerOf(n));
    for (let next = await take(); next && !enough.aborted; next = await take()) {
      const [n, one] = next;
      const ended = await onFirst(
        places,
        one,
        (attempt) => routerOf(n, attempt),
        (router, why) => onRefused(n, router, why),
      );
      if (ended.findings.length > 0 || one.spoils) await places.drop();
      else await places.leave();
      onPlayed({ case: one, n, variant: "random", ...ended });
    }
  };
  await Promise.all(range(labs).map(lane));
}

interface Ended {
  readonly router: RandomRouter;
  readonly findings: readonly Finding[];
  readonly note: string;
}

/** Routers that are drawn for one case before it is given up. */
const MOST_ROUTERS = 20;

/** On the first of the routers that the site can be had on. */
async function onFirst(
  places: Places,
  one: c.Case,
  routerOf: (attempt: number) => RandomRouter,
  refused: (router: RandomRouter, why: string) => void,
): Promise<Ended> {
  let router: RandomRouter = {};
  for (let attempt = 0; attempt < MOST_ROUTERS; attempt++) {
    router = routerOf(attempt);
    try {
      const goals = [...new Set([one.from, one.to, ...(one.needs ?? [])])];
      const bench = await Bench.on(await places.for(router), router, goals);
      const findings = await Promise.race([playOn(bench, one), tooLong(bench.confirm)]);
      return { router, findings, note: bench.note };
    } catch (error) {
      if (!(error instanceof Refused)) return { router, findings: [brokenOff(error as Error)], note: "" };
      refused(router, error.message);
      await places.leave();
    }
  }
  return { router, findings: [], note: "" };
}

/** A command of the case's own that this router has no place for is no fault. */
function brokenOff(error: Error): Finding {
  const text = String(error.stack);
  return { verdict: /^Error: router: exit code/.test(text) ? "not hit" : "unexplained", text };
}

interface Play {
  readonly labs: number;
  readonly seed: number;
  onPlayed(played: Played): void;
  /** No other case is begun once it is aborted. */
  readonly enough: AbortSignal;
}

interface RandomPlay extends Play {
  /** Which routers it is played on; any by default. */
  readonly fits?: ((router: RandomRouter) => boolean) | undefined;
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
