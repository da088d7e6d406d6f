/** A slice of `npm run faults -- --routers random`: each case on a random router of its own. */
import { afterAll, expect, test } from "@jest/globals";
import { testingAll } from "../../variants.ts";
import { drawRouter } from "../routers/draw.ts";
import { Bench, Refused } from "./bench.ts";
import * as c from "./cases/index.ts";
import { Places } from "./place.ts";
import { playOn } from "./play.ts";
import { randomFrom } from "./random.ts";

const USUAL: readonly (readonly [router: number, one: c.Case])[] = [
  [1, c.f1(["none", "site"], "begin-answered")],
  [2, c.f11("a door that captures the port of the operator's connection")],
];
const MORE: typeof USUAL = [
  [3, c.f4(["site", "moved"], "KILL both", "is gone", 0)],
  [4, c.f9(["site", "moved"], "begin-answered", "a mangle rule first", "dies")],
  [5, c.f3(["none", "site"], "apply", 20, "before")],
  [6, c.f5(["none", "site"], 20, "before", "watcher")],
  [7, c.f15(["none", "site"], { of: "no process", line: "the line is cut", seconds: 2 }, "begin-answered")],
];

const places = new Places();
afterAll(() => places.drop());

const cases = testingAll ? [...USUAL, ...MORE] : USUAL;
test.each(cases.map(([router, one]) => [`${one.fault} ${one.name}`, router, one] as const))("%s", async (_, n, one) => {
  for (let attempt = 0; ; attempt++) {
    const router = drawRouter(randomFrom(1_000_003 + n * 64 + attempt));
    try {
      const bench = await Bench.on(await places.for(router), router, [one.from, one.to]);
      expect(await playOn(bench, one)).toEqual([]);
      return;
    } catch (error) {
      if (!(error instanceof Refused) || attempt > 20) throw error;
    } finally {
      await places.leave();
    }
  }
});
