/** A slice of `npm run lives`: a site comes, changes and goes, and a random router is word for word as before. */
import { afterAll, expect, test } from "@jest/globals";
import { testingAll } from "../../variants.ts";
import { Bed } from "../routers/bed.ts";
import { drawLife, live } from "./life.ts";

/** Routers of many kinds that a site can be had on; and every one that has ever found something. */
const USUAL = [5, 7];
const MORE = [12, 17, 10, 14, 1, 2, 3, 9, 11, 13, 15, 18, 21, 22, 25, 26, 28, 29, 30, 31, 33, 34, 35];

let bed: Bed | undefined;
afterAll(() => bed?.[Symbol.asyncDispose]());

test.each(testingAll ? [...USUAL, ...MORE] : USUAL)("life %i", async (n) => {
  const life = drawLife(1, n);
  if (bed && !(await bed.suits(life.router))) {
    await bed[Symbol.asyncDispose]();
    bed = undefined;
  }
  bed ??= await Bed.start(life.router);
  const outcome = await live(bed, life);
  if (outcome.kind === "failed" || (await bed.clear()) !== "") {
    await bed[Symbol.asyncDispose]();
    bed = undefined;
  }
  expect(outcome).toEqual({ kind: "lived" });
});
