import { describe, expect, test } from "@jest/globals";
import type { RouteLine, RuleLine } from "../../provider/model/line.ts";
import { localBehind, takersOf } from "../../provider/plan/in-front.ts";

const rule = (priority: number, fields: Partial<RuleLine>): RuleLine => ({
  kind: "rule",
  priority,
  from: "all",
  ...fields,
});
const way = (table: number, device: string, fields: Partial<RouteLine> = {}): RouteLine => ({
  ...{ kind: "route", type: "unicast", destination: "default", device, table, metric: 0, onlink: false },
  ...fields,
});
const byMark = rule(4001, { mark: 0x1000000, mask: 0xf000000, table: 101 });
const bySource = rule(4101, { from: "198.51.100.2", table: 101 });
const routes = [way(101, "eth1"), way(77, "tun0"), way(78, "eth1"), way(254, "eth2")];

const met = (meant: RuleLine, ...rules: RuleLine[]) =>
  takersOf(meant, {
    ...{ rules, routes, own: new Set(["198.51.100.2"]), inside: ["10.20.30.0/24"], carries: () => "none" as const },
  }).map(({ share, rule }) => `${share} ${rule.priority}`);

describe("a rule in front of one by mark", () => {
  test.each([
    ["all", { table: 77 }],
    ["all", { table: 77, rest: "not", mark: 0xca6c }],
    ["all", { rest: "blackhole" }],
    ["all", { rest: "goto 5000" }],
    ["all", { table: 77, mark: 0x1000000, mask: 0xf000000 }],
    ["some", { table: 77, from: "10.20.0.0/16" }],
    ["some", { table: 77, rest: "iif eth0" }],
    ["some", { table: 77, rest: "ipproto udp" }],
    ["none", { table: 78 }],
    ["none", { table: 79 }],
    ["none", { rest: "goto 900" }],
    ["none", { rest: "lookup [l3mdev-table]" }],
    ["none", { table: 77, mark: 0x2000000, mask: 0xf000000 }],
    ["none", { table: 77, mark: 0x40, mask: 0x40 }],
    ["none", { table: 77, from: "10.99.0.0/16" }],
    ["none", { table: 77, to: "10.0.0.0/8" }],
    ["none", { table: 254, rest: "suppress_prefixlength 0" }],
  ])("%s of its packets: %j", (share, fields) => {
    expect(met(byMark, rule(800, fields))).toEqual(share === "none" ? [] : [`${share} 800`]);
  });

  test("behind one that takes all nothing is met, and behind it stands nothing in front", () => {
    expect(
      met(byMark, rule(2, { table: 77 }), rule(1, { table: 77, rest: "iif eth0" }), rule(3, { table: 254 })),
    ).toEqual(["some 1", "all 2"]);
    expect(met(byMark, rule(1, { table: 78 }), rule(2, { table: 77 }))).toEqual([]);
    expect(met(byMark, rule(5000, { table: 77 }))).toEqual([]);
  });
});

test("what the router sends itself comes from its own address and in by lo", () => {
  expect(met(bySource, rule(1, { table: 77, rest: "iif eth0" }))).toEqual([]);
  expect(met(bySource, rule(1, { table: 77, rest: "iif lo" }))).toEqual(["all 1"]);
  expect(met(bySource, rule(1, { table: 77, from: "198.51.100.0/28" }))).toEqual(["all 1"]);
  expect(met(bySource, rule(1, { table: 77, from: "203.0.113.2" }))).toEqual([]);
});

test("the main table takes all as soon as it has a default route", () => {
  const around = { routes: [way(101, "eth1")], own: new Set<string>(), inside: [], carries: () => "none" as const };
  const [taker] = takersOf(byMark, { ...around, rules: [rule(999, { table: 254 })] });
  expect(taker).toMatchObject({ share: "all", later: true });
});

test("the router's own addresses have to be looked up first", () => {
  const local = (priority: number) => rule(priority, { table: 255 });
  expect(localBehind(byMark, [local(0), local(32765)])).toBeUndefined();
  expect(localBehind(byMark, [local(32765)])).toEqual(local(32765));
});
