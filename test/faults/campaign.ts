/**
 * `npm run faults -- [--seed N] [--count N] [--only F3,F5] [--match TEXT] [--part 1/4] [--no-exhaustive] [--labs N] [--verbose]`
 * Exhaustive cases first, then `count` random ones; the same seed plays the same cases. The last lines are the counts, also
 * where it is interrupted. `--counts JSON` are the numbers of commands that a run before has printed; counting takes a while.
 * FAULTS_CONFIRM=N gives the router at least N seconds to confirm instead of 3.
 */
import { parseArgs } from "node:util";
import { Bench, VARIANTS } from "./bench.ts";
import * as c from "./cases/index.ts";
import { type Counts, exhaustive, randomCase } from "./choose.ts";
import { countCommands, isBad, type Played, play, table } from "./play.ts";
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

await main();
