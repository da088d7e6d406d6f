import { expect, test } from "@jest/globals";
import { formatFragment, parseFragment } from "../../provider/dialects/fragment.ts";
import { serverMap } from "../../provider/kinds/server-map.ts";
import { collisions } from "../../provider/plan/collide.ts";
import { driftOf } from "../../provider/plan/drift.ts";
import { liveOf } from "../../provider/plan/live.ts";
import { formatManifest, parseManifest } from "../../provider/plan/manifest.ts";
import { planOf } from "../../provider/plan/plan.ts";
import { desiredOf } from "../kinds/routers.ts";
import { restored, routerWith } from "./tables-model.ts";

const owner = "p/s/ServerMap/site";
const entries = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    ...{
      address: `123.234.${1 + (i >> 9)}.${(i >> 1) & 255}`,
      port: 80 + (i & 1),
      server: `172.16.${i >> 8}.${i & 255}`,
    },
  }));

test("2,000 entries: every part of a run takes a moment, and one entry more sends a few lines", () => {
  const times: string[] = [];
  const timed = <T>(what: string, work: () => T): T => {
    const begun = performance.now();
    const result = work();
    times.push(`${what} ${(performance.now() - begun).toFixed(0)} ms`);
    return result;
  };
  const desired = timed("desired", () => desiredOf(serverMap, { map: "site", entries: entries(2000), forward: true }));
  const empty = "*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n*filter\n:FORWARD ACCEPT [0:0]\nCOMMIT\n";
  const claims = new Map([[owner, desired]]);
  const plan = timed("plan", () => planOf(routerWith(empty), new Map(), [{ owner, desired }], claims));
  const files = plan.steps.flatMap((step) => Object.entries(step.files ?? {}));
  const save = files.filter(([name]) => name.endsWith(".do")).reduce((text, [, file]) => restored(text, file), empty);
  const up = timed("read", () => routerWith(save));
  const manifest = timed("manifest", () => parseManifest(formatManifest(plan.manifest)));
  const text = formatFragment(desired);
  const recorded = timed("recorded", () => parseFragment(text));
  const live = timed("live", () => liveOf(up));
  expect(timed("drift", () => driftOf(live, recorded, desired, () => false, new Map()))).toEqual([]);
  expect(timed("collide", () => collisions(owner, desired, { snapshot: up, manifest }, claims, new Map()))).toEqual([]);
  expect(timed("again", () => planOf(up, manifest, [{ owner, desired }], claims).empty)).toBe(true);
  const more = desiredOf(serverMap, { map: "site", entries: entries(2001), forward: true });
  const next = timed("one more", () => planOf(up, manifest, [{ owner, desired: more }], new Map([[owner, more]])));
  const sent = next.steps.flatMap((step) => Object.values(step.files!).flatMap((file) => file.split("\n")));
  console.log(`${times.join(", ")}; one entry more: ${sent.length} lines of restore`);
  expect(sent.length).toBeLessThan(200);
});
