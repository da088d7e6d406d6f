/** A table, a mark or a device that passes from one link to another: what is refused, and what may pass. */

import { expect, test } from "@jest/globals";
import { parseRule } from "../../provider/dialects/iptables/packet-rule.ts";
import type { Fragment, Line } from "../../provider/model/line.ts";
import { passedOn } from "../../provider/plan/between-links.ts";
import { liveFrom } from "./model.ts";

const way = (table: number, device: string): Line => ({
  ...{ kind: "route", type: "unicast", destination: "default", gateway: "10.0.0.1", metric: 0, onlink: false },
  ...{ table, device },
});
const rule = (mark: number, table: number): Line => ({
  ...{ kind: "rule", priority: 4000 + table, from: "all", mark, mask: 0xff, table },
});
const chain = (...marks: [device: string, mark: number][]): Line => ({
  ...{ kind: "chain", table: "mangle", chain: "mw-c-mark" },
  rules: marks.flatMap(([device, mark]) => [
    parseRule(`-i ${device} -j CONNMARK --set-xmark 0x${mark}/0xff`),
    parseRule(`-i ${device} -j RETURN`),
  ]),
});
const STANDING: Readonly<Record<string, Fragment>> = {
  "p/s/RoutingTable/one": [way(1, "eth1")],
  "p/s/RoutingTable/two": [way(2, "eth2")],
  "p/s/FwmarkRule/one": [rule(1, 1)],
  "p/s/FwmarkRule/two": [rule(2, 2)],
  "p/s/ConnmarkChain/c": [chain(["eth1", 1], ["eth2", 2])],
};

/** Paths by resource, as a preview asks one after the other. */
function refused(declared: Readonly<Record<string, Fragment>>, standing = STANDING): string[] {
  const manifest = new Map(Object.entries(standing).map(([owner, lines]) => [owner, { lines, found: [] }]));
  const live = liveFrom(Object.values(standing).flat());
  const claims = new Map<string, Fragment>();
  return Object.entries(declared).flatMap(([owner, lines]) => {
    claims.set(owner, lines);
    return passedOn(owner, manifest, live, claims).map(({ path }) => `${owner.split("/").slice(2).join(" ")}: ${path}`);
  });
}

const tables = (one: Line, two: Line) => ({ "p/s/RoutingTable/one": [one], "p/s/RoutingTable/two": [two] });
const rules = (one: Line, two: Line) => ({ "p/s/FwmarkRule/one": [one], "p/s/FwmarkRule/two": [two] });

test.each([
  ["nothing changes", STANDING, []],
  ["two tables exchanged", tables(way(2, "eth1"), way(1, "eth2")), ["RoutingTable two: table"]],
  [
    "one takes the table of another, which moves on",
    tables(way(2, "eth1"), way(3, "eth2")),
    ["RoutingTable two: table"],
  ],
  ["two devices exchanged", tables(way(1, "eth2"), way(2, "eth1")), ["RoutingTable two: device"]],
  [
    "two marks exchanged",
    { ...tables(way(1, "eth1"), way(2, "eth2")), ...rules(rule(2, 1), rule(1, 2)) },
    ["FwmarkRule one: mark", "FwmarkRule two: mark"],
  ],
  ["a table with a new number", tables(way(3, "eth1"), way(2, "eth2")), []],
  ["a link on a new device", tables(way(1, "eth9"), way(2, "eth2")), []],
  ["a link on the device of one that goes", { "p/s/RoutingTable/one": [way(1, "eth2")] }, []],
  [
    "names exchanged: the numbers stay with the device",
    { ...tables(way(2, "eth2"), way(1, "eth1")), ...rules(rule(2, 2), rule(1, 1)) },
    [],
  ],
])("%s", (_, declared: Readonly<Record<string, Fragment>>, expected) => {
  const found = refused(declared);
  expect(found.slice(0, expected.length)).toEqual(expected);
  if (expected.length === 0) expect(found).toEqual([]);
});

test("where nothing is marked nothing is led wrong", () => {
  const { "p/s/ConnmarkChain/c": _, ...unmarked } = STANDING;
  expect(refused(tables(way(2, "eth1"), way(1, "eth2")), unmarked)).toEqual([]);
});
