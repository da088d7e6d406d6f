/** What depends on the kind of an owner depends on nothing else in its text. */
import { expect, test } from "@jest/globals";
import type { RuleLine } from "../../provider/model/line.ts";
import { argument, kindOfOwner } from "../../provider/plan/owner-kind.ts";
import { phaseOf } from "../../provider/plan/step.ts";

const bySource: RuleLine = { kind: "rule", priority: 5001, from: "172.16.1.131", table: 101 };

test.each([
  ["p/s/SourceRule/one", 90],
  ["p/s/WanLink/one", 50],
  ["p/s/WanLink/SourceRule/one", 50],
  ["SourceRule/s/WanLink/one", 50],
  ["p/s/Unknown/one", 50],
  ["p/s/toString/one", 50],
])("a rule by source of %s is put in phase %d", (owner, phase) => {
  expect(phaseOf({ owner, line: bySource })).toBe(phase);
});

test.each([
  ["p/s/WanLink/one", ["fromPriority", "chain", undefined]],
  ["p/s/ServerMap/one", ["priority", "map", undefined]],
  ["p/s/RoutingTable/one", ["priority", "chain", "table"]],
  ["p/s/FwmarkRule/WanLink/ServerMap/RoutingTable/one", ["priority", "chain", undefined]],
  ["p/s/Unknown/one", ["priority", "chain", undefined]],
])("the arguments of %s that a collision names", (owner, names) => {
  expect([argument(owner, "priority"), argument(owner, "chain"), argument(owner, "table")]).toEqual(names);
});

test("a rule of the main table is named for what it serves, of whatever kind", () => {
  const main = (from: string): RuleLine => ({ kind: "rule", priority: 4000, from, table: 254 });
  expect(argument("p/s/WanLink/one", "priority", main("all"))).toBe("inboundPriority");
  expect(argument("p/s/SourceRule/one", "priority", main("172.16.1.0/24"))).toBe("insidePriority");
});

test("a kind of another version has none here", () => {
  expect(kindOfOwner("p/s/Tunnel/one")).toBeUndefined();
});
