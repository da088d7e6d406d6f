/**
 * `npm run faults -- [--seed N] [--count N] [--only F3,F5] [--match REGEXP] [--most N] [--part 1/4] [--no-exhaustive] [--labs N] [--verbose]`
 * Exhaustive cases first, then `count` random ones; the same seed plays the same cases. The last lines are the counts, also
 * where it is interrupted. `--counts JSON` are the numbers of commands that a run before has printed; counting takes a while.
 * `--routers random` plays each case on a random router of its own (test/campaigns/routers), seeded by the case's place in the list:
 * `--case N` plays that one again; `--with "sh=mksh"` draws routers with that value alone. `--out FILE` appends a line of JSON for each case, and leaves out those that
 * are in the file already; `--bail` ends with the first that is reported; `--sum FILE...` prints the counts of such files together.
 * FAULTS_CONFIRM=N gives the router at least N seconds to confirm instead of 3.
 */
import { appendFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { reasonOf } from "../lives/reasons.ts";
import { Coverage } from "../routers/coverage.ts";
import { describe } from "../routers/draw.ts";
import { playedIn, readJournal } from "../routers/journal.ts";
import type { RandomRouter } from "../routers/value.ts";
import { Bench, VARIANTS } from "./bench.ts";
import * as c from "./cases/index.ts";
import { type Counts, exhaustive, randomCase } from "./choose.ts";
import { countCommands, isBad, type Played, play, playOnRandom, routersWith, table } from "./play.ts";
import { randomFrom, range } from "./random.ts";

/** What random routers there were. */
class Tally {
  readonly coverage = new Coverage();
  readonly #reasons = new Map<string, number>();
  readonly #played: readonly Played[];

  constructor(played: readonly Played[]) {
    this.#played = played;
  }

  refuse(router: RandomRouter, why: string): void {
    const reason = reasonOf(why);
    this.coverage.add(router, false);
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
  }

  text(): string {
    const refused = [...this.#reasons].sort(([, a], [, b]) => b - a);
    const all = refused.reduce((sum, [, times]) => sum + times, 0);
    return [
      `routers: ${this.#played.length} played, ${all} refused`,
      ...refused.map(([reason, times]) => `  refused ${times}: ${reason}`),
      this.coverage.table(),
    ].join("\n");
  }
}

function sum(files: readonly string[]): void {
  const played: Played[] = [];
  const tally = new Tally(played);
  for (const one of files.flatMap((file) => readJournal<Played & { refused?: string }>(file))) {
    if (one.refused !== undefined) tally.refuse(one.router!, one.refused);
    else {
      played.push(one);
      if (one.router) tally.coverage.add(one.router, true);
    }
  }
  console.log(`${table(played)}\n${tally.text()}`);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowNegative: true,
    allowPositionals: true,
    options: {
      seed: { type: "string", default: "1" },
      count: { type: "string", default: "100" },
      only: { type: "string" },
      match: { type: "string", default: "" },
      most: { type: "string", default: "Infinity" },
      part: { type: "string", default: "1/1" },
      exhaustive: { type: "boolean", default: true },
      labs: { type: "string", default: "2" },
      counts: { type: "string" },
      routers: { type: "string", default: "lab" },
      case: { type: "string" },
      with: { type: "string" },
      out: { type: "string" },
      sum: { type: "boolean", default: false },
      bail: { type: "boolean", default: false },
      verbose: { type: "boolean", default: false },
    },
  });
  if (values.sum) return sum(positionals);
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
  const match = new RegExp(values.match);
  const [part = 1, parts = 1] = values.part.split("/").map(Number);
  const done = playedIn(values.out);
  const anyRouter = values.routers === "random";
  const fits = values.with === undefined ? undefined : routersWith(values.with);
  const list = [
    ...(values.exhaustive ? exhaustive(counts) : []),
    ...range(Number(values.count)).map(() => randomCase(random, counts, only)),
  ]
    .map((one, i) => [i + 1, one] as const)
    .filter(([n, one]) => (!anyRouter || !one.labOnly) && (!values.case || n === Number(values.case)))
    .filter(([, one]) => (!only || only.includes(one.fault)) && match.test(one.name))
    .filter((_, i) => i % parts === part - 1)
    .filter(([n]) => !done.has(n))
    .slice(0, Number(values.most));
  console.log(`seed ${seed}: ${list.length} cases; commands: ${JSON.stringify(Object.fromEntries(known))}`);
  const played: Played[] = [];
  const from = performance.now();
  const tally = new Tally(played);
  const report = () => {
    console.log(`${Math.round((performance.now() - from) / 1000)} s\n${table(played)}`);
    if (anyRouter) console.log(tally.text());
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      report();
      process.exit(1);
    });
  const enough = new AbortController();
  const note = (line: object) => void (values.out && appendFileSync(values.out, `${JSON.stringify(line)}\n`));
  const onPlayed = (one: Played) => {
    played.push(one);
    const name = `${one.case.fault} ${one.case.name} (${one.variant})`;
    const { router, findings } = one;
    if (router) tally.coverage.add(router, true);
    note({ seed, n: one.n, case: { fault: one.case.fault, name: one.case.name }, router, findings });
    if (isBad(findings))
      console.log(
        [
          `FOUND ${one.n} ${name}`,
          ...findings.map((f) => `  ${f.verdict}: ${f.text.replaceAll("\n", "\n    ")}`),
          ...(router ? [describe(router).replaceAll(/^/gm, "    ")] : []),
        ].join("\n"),
      );
    else if (values.verbose) console.log(`ok ${one.n} ${name} ${one.note}`.trimEnd());
    if (isBad(findings) && values.bail) enough.abort();
  };
  const labs = Number(values.labs);
  if (anyRouter)
    await playOnRandom(list, {
      ...{ labs, seed, fits, onPlayed, enough: enough.signal },
      onRefused: (n, router, why) => {
        tally.refuse(router, why);
        note({ seed, n, router, refused: why.slice(0, 600) });
      },
    });
  else
    await play(
      list.map(([, one]) => one),
      { labs, seed, onPlayed, enough: enough.signal },
    );
  report();
  process.exitCode = played.some((p) => isBad(p.findings)) ? 1 : 0;
}

await main();
