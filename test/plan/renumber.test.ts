/** A table or a mark that gets another number: no moment without a way out for packets that still carry the old one. */

import { describe, expect, test } from "@jest/globals";
import { parseRule } from "../../provider/dialects/iptables/packet-rule.ts";
import type { Fragment, Line } from "../../provider/model/line.ts";
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

describe("a mark that is renumbered", () => {
  const CHAIN = "p/s/ConnmarkChain/c";
  const ruleOf = (mark: number, mask = 0xff): Line => ({
    ...{ kind: "rule", priority: 1024, from: "all", mark, mask, table: 1 },
  });
  const chainOf = (mark: number): Line => ({
    ...{ kind: "chain", table: "mangle", chain: "mw-c-mark" },
    rules: ["-i eth2 -j MARK --set-xmark 0x2/0xff", `-i eth1 -j MARK --set-xmark 0x${mark.toString(16)}/0xff`].map(
      parseRule,
    ),
  });
  const before: Manifest = new Map([
    [RULE, { lines: [ruleOf(1)], found: [] }],
    [CHAIN, { lines: [chainOf(1)], found: [] }],
  ]);

  function left(steps: readonly (readonly [string, Fragment | undefined])[], claims: ReadonlyMap<string, Fragment>) {
    let lines: Fragment = [...before.values()].flatMap((entry) => entry.lines);
    let manifest = before;
    for (const [owner, desired] of steps) {
      const done = settle(manifest, liveFrom(lines), [{ owner, desired }], claims);
      lines = applied(lines, done.put, done.drop);
      manifest = done.manifest;
    }
    return keysOf(lines);
  }

  test("keeps its old rule until the chain has stopped setting the old mark", () => {
    const moved = [RULE, [ruleOf(17)]] as const;
    expect(left([moved], new Map())).toEqual(keysOf([ruleOf(1), ruleOf(17), chainOf(1)]));
    expect(left([moved, [CHAIN, [chainOf(17)]]], new Map())).toEqual(keysOf([ruleOf(17), chainOf(17)]));
    expect(left([moved, [CHAIN, undefined]], new Map())).toEqual(keysOf([ruleOf(17)]));
    expect(left([[CHAIN, [chainOf(17)]], moved], new Map())).toEqual(keysOf([ruleOf(17), chainOf(17)]));
  });

  test("loses it at once where the chain is declared to go on setting the mark: that is what the program says", () => {
    const claims = new Map([[CHAIN, [chainOf(1)]]]);
    expect(left([[RULE, [ruleOf(17)]]], claims)).toEqual(keysOf([ruleOf(17), chainOf(1)]));
  });

  test("loses it at once where the new rule is for the same packets, or the resource is deleted", () => {
    expect(left([[RULE, [ruleOf(1, 0xf)]]], new Map())).toEqual(keysOf([ruleOf(1, 0xf), chainOf(1)]));
    expect(left([[RULE, undefined]], new Map())).toEqual(keysOf([chainOf(1)]));
  });
});
