/**
 * `npm run differential -- [--seed N] [--sites N] [--packets N] [--variant nft|legacy] [--lines]`
 * `packets`: connections per router, each of up to seven packets. Half of the routers have a site. The same seed plays the
 * same cases; the last lines are the counts. `--lines` takes the lines of sites away one by one instead.
 */
import { parseArgs } from "node:util";
import { casesOf } from "./cases.ts";
import { compare, reduce } from "./compare.ts";
import { lines } from "./lines.ts";
import { Counts, disagreementText, wrongOf } from "./report.ts";
import { type Variant, Wire } from "./wire.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    sites: { type: "string", default: "100" },
    packets: { type: "string", default: "20" },
    variant: { type: "string", default: "nft" },
    lines: { type: "boolean", default: false },
  },
});

/** Only the first disagreements are made small: the others tend to be the same. */
const MOST_REDUCED = 5;
/** By the provider's own script where it is this one's turn: it takes five times as long as the rest. */
const EVERY_WHOLE = 10;

const seed = Number(values.seed);
console.log(`seed ${seed}`);
if (values.lines) for (const line of lines(seed, Number(values.sites), Number(values.packets))) console.log(line);
else await campaign(values.variant as Variant);

async function campaign(variant: Variant): Promise<void> {
  await using wire = await Wire.start(variant);
  const counts = new Counts();
  let reduced = 0;
  for (const [at, one] of casesOf(seed, Number(values.sites), Number(values.packets)).entries()) {
    const played = await compare(wire, one, at % EVERY_WHOLE === 0 ? "whole" : "quick");
    counts.add(one, played);
    const [wrong] = wrongOf(played);
    if (!wrong || reduced++ >= MOST_REDUCED) continue;
    const small = await reduce(wire, one, wrong.talk);
    const again = wrongOf(await compare(wire, small))[0];
    console.log(`router ${at}, ${disagreementText(again ? small : one, again ?? wrong)}`);
  }
  for (const line of counts.lines()) console.log(line);
  if (counts.wrong > 0) process.exitCode = 1;
}
