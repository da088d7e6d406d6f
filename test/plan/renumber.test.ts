/** A table that gets another number: no moment without a way out for packets whose rule has not moved yet. */
import { describe, expect, test } from "@jest/globals";
import type { Fragment, Line } from "../../provider/kernel/line.ts";
import type { Manifest } from "../../provider/plan/manifest.ts";
import { settle } from "../../provider/plan/settle.ts";
import { applied, keysOf, liveFrom } from "./model.ts";

const TABLE = "p/s/RoutingTable/t";
const RULE = "p/s/FwmarkRule/r";
const LINK = "p/s/WanLink/l";

const route = (table: number): Line => ({
  kind: "route",
  type: "unicast",
  destination: "default",
  gateway: "10.0.0.1",
  device: "eth1",
  table,
  metric: 0,
  onlink: false,
});
const byMark = (table: number): Line => ({ kind: "rule", priority: 1024, from: "all", mark: 1, table });
const bySource = (table: number): Line => ({ kind: "rule", priority: 1124, from: "192.0.2.1", table });

const program = (table: number): ReadonlyMap<string, Fragment> =>
  new Map([
    [TABLE, [route(table)]],
    [RULE, [byMark(table)]],
    [LINK, [bySource(table)]],
  ]);

function linesAfter(owners: readonly string[], claims: ReadonlyMap<string, Fragment>) {
  let lines: Fragment = [...program(1).values()].flat();
  let manifest: Manifest = new Map([...program(1)].map(([owner, own]) => [owner, { lines: own, found: [] }]));
  for (const owner of owners) {
    const done = settle(manifest, liveFrom(lines), [{ owner, desired: claims.get(owner) }], claims);
    lines = applied(lines, done.put, done.drop);
    manifest = done.manifest;
  }
  return keysOf(lines);
}

describe("a table that is renumbered", () => {
  test("keeps its old routes while a rule still looks them up", () => {
    expect(linesAfter([TABLE], program(101))).toEqual(keysOf([route(1), route(101), byMark(1), bySource(1)]));
    expect(linesAfter([TABLE, RULE], program(101))).toEqual(keysOf([route(1), route(101), byMark(101), bySource(1)]));
  });

  test("loses them with the last rule that did, in whatever order they move", () => {
    const moved = keysOf([route(101), byMark(101), bySource(101)]);
    for (const order of [
      [TABLE, RULE, LINK],
      [TABLE, LINK, RULE],
      [RULE, TABLE, LINK],
      [RULE, LINK, TABLE],
    ])
      expect(linesAfter(order, program(101))).toEqual(moved);
  });

  test("loses them with a rule that is gone from the program", () => {
    const without = new Map([...program(101)].filter(([owner]) => owner !== RULE));
    expect(linesAfter([TABLE, LINK, RULE], without)).toEqual(keysOf([route(101), bySource(101)]));
  });

  test("loses them at once where rules that stay are declared to look it up: that is what the program says", () => {
    const claims = new Map([...program(1), [TABLE, [route(101)]]]);
    expect(linesAfter([TABLE], claims)).toEqual(keysOf([route(101), byMark(1), bySource(1)]));
  });

  test("loses them when the resource is deleted", () => {
    expect(linesAfter([TABLE], new Map())).toEqual(keysOf([byMark(1), bySource(1)]));
  });
});
