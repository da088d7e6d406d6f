/** Foreign rules in front of what comes in by a link, towards a published service or the LAN. */

import { describe, expect, test } from "@jest/globals";
import { parseRule } from "../../provider/dialects/iptables/packet-rule.ts";
import type { Line, RouteLine, RuleLine } from "../../provider/model/line.ts";
import { divertedInside } from "../../provider/plan/front-inside.ts";

const rule = (priority: number, fields: Partial<RuleLine>): RuleLine => ({
  ...{ kind: "rule", priority, from: "all", table: 77 },
  ...fields,
});
const way = (table: number, destination: string, device: string): RouteLine => ({
  ...{ kind: "route", type: "unicast", destination, device, table, metric: 0, onlink: false },
});
const marks = (target: string): Line => ({
  ...{ kind: "chain", table: "mangle", chain: "mw-c-mark" },
  rules: [`-i eth1 -j ${target} --set-xmark 0x1/0xf`, `-i eth2 -j ${target} --set-xmark 0x2/0xf`].map(parseRule),
});
const doors: Line[] = [
  { kind: "hook", table: "nat", chain: "PREROUTING", rule: parseRule("-j mw-d") },
  {
    ...{ kind: "chain", table: "nat", chain: "mw-d" },
    rules: ["-d 192.0.2.1/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.20.30.5:8080"].map(parseRule),
  },
];
const links: Line[] = [101, 102].flatMap((table, i) => [
  rule(4001 + i, { mark: 1 + i, mask: 0xf, table }),
  way(table, "10.20.30.0/24", "eth0"),
  way(table, "default", `eth${i + 1}`),
]);
const routes = [
  ...links.filter((line) => line.kind === "route"),
  ...[way(254, "10.20.30.0/24", "eth0"), way(77, "10.0.0.0/8", "tun0"), way(78, "10.20.30.0/24", "eth0")],
];

function met(foreign: RuleLine, { desired = doors, target = "MARK" }: { desired?: Line[]; target?: string } = {}) {
  const marking = marks(target);
  const found = divertedInside(desired, [...links, marking, ...doors], {
    ...{ rules: [rule(0, { table: 255 }), foreign], routes, own: new Set<string>(), inside: [] },
    ...{ carries: () => "none" as const, on: (_: string, device: string) => device === "eth1" },
  });
  return [...new Set(found.map(({ share, what }) => `${share} ${what}`))];
}

describe("to a published service on eth1", () => {
  const taken = ["all tcp 192.0.2.1:80 -> 10.20.30.5"];
  test.each<[Partial<RuleLine>, readonly string[]]>([
    [{}, taken],
    [{ to: "10.20.30.5" }, taken],
    [{ to: "10.20.0.0/16", rest: "iif eth1" }, taken],
    [{ to: "10.20.30.5", rest: "ipproto tcp dport 8000-8100" }, taken],
    [{ to: "10.20.30.5", mark: 1, mask: 0xf }, taken],
    [{ table: undefined as never, to: "10.20.30.5", rest: "prohibit" }, taken],
    [{ rest: "not", from: "10.20.30.0/24" }, taken],
    [{ to: "10.20.30.5", rest: "tos 0x10" }, ["some tcp 192.0.2.1:80 -> 10.20.30.5"]],
    [{ to: "10.20.30.6" }, []],
    [{ to: "10.20.30.5", table: 78 }, []],
    [{ to: "10.20.30.5", table: 79 }, []],
    [{ to: "10.20.30.5", table: 254 }, []],
    [{ to: "10.20.30.5", rest: "iif eth2" }, []],
    [{ to: "10.20.30.5", rest: "iif eth0" }, []],
    [{ to: "10.20.30.5", rest: "dport 80" }, []],
    [{ to: "10.20.30.5", rest: "ipproto udp" }, []],
    [{ to: "10.20.30.5", rest: "suppress_prefixlength 8" }, []],
    [{ to: "10.20.30.5", from: "198.51.100.0/24" }, []],
    [{ to: "10.20.30.5", mark: 2, mask: 0xf }, []],
    [{ to: "10.20.30.5", priority: 4500 }, []],
  ])("%j", (fields, expected) => {
    expect(met(rule(100, fields))).toEqual(expected);
  });

  test("where only the connection is marked, what stands behind the rules by mark is met too", () => {
    expect(met(rule(4500, { to: "10.20.30.5" }), { target: "CONNMARK" })).toEqual(taken);
  });
});

test("to the LAN, by the chain that marks", () => {
  const desired = [marks("MARK")];
  expect(met(rule(100, { to: "10.20.30.0/24" }), { desired })).toEqual(["all the network 10.20.30.0/24"]);
  expect(met(rule(100, { to: "10.20.30.5" }), { desired })).toEqual(["some the network 10.20.30.0/24"]);
});
