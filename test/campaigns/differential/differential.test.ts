/** The walk against the kernel it runs on, with both variants of iptables; `npm run differential` does the same at length. */
import { expect, test } from "@jest/globals";
import { noNamespaces } from "../../dialects/netns.ts";
import { casesOf } from "./cases.ts";
import { compare } from "./compare.ts";
import { Counts, disagreementText, wrongOf } from "./report.ts";
import { type Variant, Wire } from "./wire.ts";

const SITES = 20;
const TALKS = 15;
const { FC_SEED = "20261123" } = process.env;
const seed = FC_SEED === "random" ? Math.floor(Math.random() * 2 ** 31) : Number(FC_SEED);

const run = noNamespaces === undefined ? test : test.skip;

run.each<Variant>(["nft", "legacy"])(`with %s, seed ${seed}`, async (variant) => {
  await using wire = await Wire.start(variant);
  const counts = new Counts();
  const wrong: string[] = [];
  // Not the same routers for both.
  for (const [at, one] of casesOf(seed + (variant === "nft" ? 0 : 1), SITES, TALKS).entries()) {
    const played = await compare(wire, one, at === 0 ? "whole" : "quick");
    counts.add(one, played);
    wrong.push(...wrongOf(played).map((found) => disagreementText(one, found)));
  }
  expect(wrong).toEqual([]);
  expect(counts.pairs).toBe(SITES * TALKS);
  // Where nothing is claimed, nothing is tested.
  expect(counts.unclaimed).toBeLessThan(counts.packets / 20);
  for (const kind of ["sent", "delivered", "dropped"]) expect(counts.of(`agreed: ${kind}`)).toBeGreaterThan(20);
});
