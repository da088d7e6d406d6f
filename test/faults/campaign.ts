/**
 * `npm run faults -- [--seed N] [--count N] [--only F3,F5] [--match TEXT] [--part 1/4] [--no-exhaustive] [--labs N] [--verbose]`
 * Exhaustive cases first, then `count` random ones; the same seed plays the same cases. The last lines are the counts, also
 * where it is interrupted. `--counts JSON` are the numbers of commands that a run before has printed; counting takes a while.
 * `--routers random` plays each case on a random router of its own (test/routers), seeded by the case's place in the list:
 * `--case N` plays that one again. `--out FILE` appends a line of JSON for each case.
 * FAULTS_CONFIRM=N gives the router at least N seconds to confirm instead of 3.
 */
import { appendFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { reasonOf } from "../lives/reasons.ts";
import { Coverage } from "../routers/coverage.ts";
import { describe } from "../routers/draw.ts";
import { Bench, VARIANTS } from "./bench.ts";
import * as c from "./cases/index.ts";
import { type Counts, exhaustive, randomCase } from "./choose.ts";
import { countCommands, isBad, type Played, play, playOnRandom, table } from "./play.ts";
import { randomFrom, range } from "./random.ts";

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
      routers: { type: "string", default: "lab" },
      case: { type: "string" },
      out: { type: "string" },
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
  const anyRouter = values.routers === "random";
  const list = [
    ...(values.exhaustive ? exhaustive(counts) : []),
    ...range(Number(values.count)).map(() => randomCase(random, counts, only)),
  ]
    .map((one, i) => [i + 1, one] as const)
    .filter(([n, one]) => (!anyRouter || !one.labOnly) && (!values.case || n === Number(values.case)))
    .filter(([, one]) => (!only || only.includes(one.fault)) && one.name.includes(values.match ?? ""))
    .filter((_, i) => i % parts === part - 1);
  console.log(`seed ${seed}: ${list.length} cases; commands: ${JSON.stringify(Object.fromEntries(known))}`);
  const played: Played[] = [];
  const from = performance.now();
  const coverage = new Coverage();
  const reasons = new Map<string, number>();
  const report = () => {
    console.log(`${Math.round((performance.now() - from) / 1000)} s\n${table(played)}`);
    if (!anyRouter) return;
    for (const [reason, times] of [...reasons].sort(([, a], [, b]) => b - a))
      console.log(`refused ${times}: ${reason}`);
    console.log(coverage.table());
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      report();
      process.exit(1);
    });
  const onPlayed = (one: Played) => {
    played.push(one);
    const name = `${one.case.fault} ${one.case.name} (${one.variant})`;
    const { router, findings } = one;
    if (router) coverage.add(router, true);
    if (values.out)
      appendFileSync(
        values.out,
        `${JSON.stringify({ seed, n: one.n, fault: one.case.fault, name, router, findings })}\n`,
      );
    if (isBad(findings))
      console.log(
        [
          `FOUND ${one.n} ${name}`,
          ...findings.map((f) => `  ${f.verdict}: ${f.text.replaceAll("\n", "\n    ")}`),
          ...(router ? [describe(router).replaceAll(/^/gm, "    ")] : []),
        ].join("\n"),
      );
    else if (values.verbose) console.log(`ok ${one.n} ${name} ${one.note}`.trimEnd());
  };
  const labs = Number(values.labs);
  if (anyRouter)
    await playOnRandom(list, {
      ...{ labs, seed, onPlayed },
      onRefused: (_, router, why) => {
        coverage.add(router, false);
        reasons.set(reasonOf(why), (reasons.get(reasonOf(why)) ?? 0) + 1);
      },
    });
  else
    await play(
      list.map(([, one]) => one),
      { labs, seed, onPlayed },
    );
  report();
  process.exitCode = played.some((p) => isBad(p.findings)) ? 1 : 0;
}

await main();
