/** The bench itself: its list of things is a working router, its checks see one that does not work, its tables add up. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Lab, startLab } from "../../lab/index.ts";
import { startSite } from "../../lab/site.ts";
import type { Cost } from "./meter.ts";
import { JOBS, type Job, LOST } from "./site.ts";
import { tables } from "./table.ts";
import type { Hand } from "./way.ts";
import { script } from "./ways/script.ts";
import { faults } from "./works.ts";

let lab: Lab;
let hand: Hand;
let found: string;
beforeAll(async () => {
  lab = await startLab();
  await startSite(lab);
  found = await lab.router.dump();
  hand = await script.start(lab, lab.router.ssh);
});
afterAll(() => lab?.stop());

test.each(Object.keys(JOBS) as Job[])("a script does the job: %s", async (job) => {
  if (job === "repair") {
    await lab.router.exec(`ip rule del ${LOST}`);
    expect(await faults(lab, job, found)).toContain("the lost rule is still lost");
  }
  if (job === "switch" || job === "publish") expect(await faults(lab, job, found)).not.toEqual([]);
  await hand.do(job);
  expect(await faults(lab, job, found)).toEqual([]);
});

test("a router that is not as found is seen", async () => {
  await lab.router.exec("ip rule add pref 77 from 192.0.2.7 lookup main");
  expect(await faults(lab, "away", found)).toEqual([
    "the router is not as found: 1 lines more, 0 fewer, such as 77:\tfrom 192.0.2.7 lookup 254",
  ]);
});

test("figures are medians, ratios those of the first way", () => {
  const cost = (seconds: number): Cost => ({ seconds, logins: 2, processor: undefined });
  const costs = new Map([
    ["ours", new Map([["first" as Job, [3, 1, 2].map(cost)]])],
    ["theirs", new Map([["first" as Job, [9, 1, 8, 4].map(cost)]])],
    ["slow", new Map([["first" as Job, [261].map(cost)]])],
  ]);
  const [seconds, logins, processor] = tables(costs)
    .split("\n\n")
    .map((one) => one.split("\n"));
  expect(seconds![0]).toBe("| Seconds | ours | theirs | slow |");
  expect(seconds![2]).toBe("| the whole site onto an empty router | 2.0 | 6.0 (3.0x) | 261.0 (131x) |");
  expect(logins![2]).toBe("| the whole site onto an empty router | 2 | 2 (1.0x) | 2 (1.0x) |");
  expect(processor![2]).toBe("| the whole site onto an empty router | - | - | - |");
});
