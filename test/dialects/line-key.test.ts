import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { formatFragment } from "../../provider/dialects/fragment.ts";
import { parseRule } from "../../provider/dialects/iptables/packet-rule.ts";
import { lineKey, lineSlot } from "../../provider/dialects/line-key.ts";
import type { Line, RouteLine, RuleLine } from "../../provider/model/line.ts";
import { line } from "./arbitrary.ts";

const route: RouteLine = {
  kind: "route",
  type: "unicast",
  destination: "default",
  gateway: "10.0.0.1",
  device: "eth1",
  table: 1,
  metric: 0,
  onlink: false,
};
const rule: RuleLine = { kind: "rule", priority: 1024, from: "all", mark: 1, table: 1 };

describe("the key of a line", () => {
  test("is the same for two lines exactly when their text is", () => {
    fc.assert(
      fc.property(line, line, (a, b) => (lineKey(a) === lineKey(b)) === (formatFragment([a]) === formatFragment([b]))),
      { numRuns: 2000 },
    );
  });

  test("does not depend on the order of fields, nor on how a rule is spelled", () => {
    const spelled = (rules: string[]): Line => ({
      ...{ kind: "chain", table: "mangle", chain: "mw-a", rules: rules.map(parseRule) },
    });
    expect(lineKey(spelled(["-j MARK --set-mark 1"]))).toBe(lineKey(spelled(["-j MARK --set-xmark 0x1/0xffffffff"])));
    expect(lineKey(spelled(["-p 47 -j RETURN"]))).toBe(lineKey(spelled(["-p gre -j RETURN"])));
    expect(lineKey(spelled(["-m state --state NEW"]))).not.toBe(lineKey(spelled(["-m conntrack --ctstate NEW"])));
    expect(lineKey({ ...rule, mask: 0xffffffff })).toBe(lineKey(rule));
    expect(lineKey({ ...rule, from: "10.0.0.1/32" })).toBe(lineKey({ ...rule, from: "10.0.0.1" }));
    expect(lineKey({ ...route, protocol: "boot", scope: "global" })).toBe(lineKey(route));
  });

  test("changes with every field that means something", () => {
    const others: Line[] = [
      { ...route, gateway: "10.0.0.2" },
      { ...route, metric: 1 },
      { ...route, onlink: true },
      { ...route, protocol: "dhcp" },
    ];
    others.push({ ...route, table: 2 }, { ...route, type: "unreachable" }, { ...route, rest: "mtu 1400" });
    for (const other of others) expect(lineKey(other)).not.toBe(lineKey(route));
    for (const other of [
      { ...rule, mask: 255 },
      { ...rule, rest: "not" },
      { ...rule, to: "10.0.0.1" },
    ])
      expect(lineKey(other)).not.toBe(lineKey(rule));
  });
});

describe("the slot of a line", () => {
  test("is shared by lines that exclude each other", () => {
    expect(lineSlot({ ...route, gateway: "10.0.0.2", type: "unicast" })).toBe(lineSlot(route));
    expect(lineSlot({ kind: "sysctl", key: "a.b", value: "1" })).toBe(
      lineSlot({ kind: "sysctl", key: "a.b", value: "2" }),
    );
    expect(lineSlot({ kind: "table-name", id: 1, name: "a" })).toBe(lineSlot({ kind: "table-name", id: 1, name: "b" }));
    const chain = (rules: string[]): Line => ({
      kind: "chain",
      table: "nat",
      chain: "mw-a",
      rules: rules.map(parseRule),
    });
    expect(lineSlot(chain([]))).toBe(lineSlot(chain(["-j RETURN"])));
  });

  test("is another one for another metric, table, prefix or type of service", () => {
    const others: RouteLine[] = [
      { ...route, metric: 1 },
      { ...route, table: 2 },
      { ...route, destination: "10.0.0.0/8" },
      { ...route, rest: "tos 0x10" },
    ];
    for (const other of others) expect(lineSlot(other)).not.toBe(lineSlot(route));
  });

  test("is the key for addresses, rules and hooks", () => {
    const lines: Line[] = [
      rule,
      { kind: "address", device: "eth1", address: "1.2.3.4", prefix: 32 },
      { kind: "hook", table: "nat", chain: "OUTPUT", rule: parseRule("-j mw-a") },
    ];
    for (const each of lines) expect(lineSlot(each)).toBe(lineKey(each));
  });
});
