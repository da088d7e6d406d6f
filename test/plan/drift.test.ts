import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseRule } from "../../provider/dialects/iptables/packet-rule.ts";
import type { ChainLine, Fragment, Line, RouteLine } from "../../provider/model/line.ts";
import { driftOf } from "../../provider/plan/drift.ts";
import { liveFrom } from "./model.ts";

const rule: Line = { kind: "rule", priority: 1024, from: "all", mark: 1, table: 1 };
const sysctl = (value: string): Line => ({ kind: "sysctl", key: "net.ipv4.conf.eth1.rp_filter", value });
const chainOf = (...rules: string[]): ChainLine => ({
  kind: "chain",
  table: "mangle",
  chain: "mw-wan-mark",
  rules: rules.map(parseRule),
});
const names = new Map([[1, "wan_one"]]);

function drift(there: Fragment, ours: Fragment, desired = ours, territory = (_: Line) => false): string[] {
  return driftOf(liveFrom(there), ours, desired, territory, names);
}

test("no line of ours is missing, no drift; lines of others are none of our business", () => {
  expect(drift([rule, { ...rule, priority: 5 }], [rule])).toEqual([]);
});

test("a line that is gone is missing; a value that is another is missing and unexpected", () => {
  expect(drift([], [rule])).toEqual(["missing: 1024: from all fwmark 0x1 lookup wan_one"]);
  expect(drift([sysctl("1")], [sysctl("2")])).toEqual([
    "missing: net.ipv4.conf.eth1.rp_filter = 2",
    "unexpected: net.ipv4.conf.eth1.rp_filter = 1",
  ]);
});

test("a table's name is missing where its number has another, and where it has gone to another number", () => {
  const name = (id: number, name: string): Line => ({ kind: "table-name", id, name });
  const file = "/etc/iproute2/rt_tables";
  const missing = `missing: ${file}: 1 wan_one`;
  expect(drift([name(7, "vpn")], [name(1, "wan_one")])).toEqual([missing]);
  expect(drift([name(1, "isp1")], [name(1, "wan_one")])).toEqual([missing, `unexpected: ${file}: 1 isp1`]);
  expect(drift([name(9, "wan_one")], [name(1, "wan_one")])).toEqual([missing, `unexpected: ${file}: 9 wan_one`]);
});

test("a line that is only now declared, or no longer, is a change and not drift", () => {
  expect(drift([], [], [rule])).toEqual([]);
  expect(drift([], [rule], [])).toEqual([]);
  expect(drift([sysctl("1")], [sysctl("1")], [sysctl("2")])).toEqual([]);
});

test("in our territory every other line is unexpected", () => {
  const route = (destination: string): RouteLine => ({
    ...{ kind: "route", type: "unicast", destination, device: "eth1", table: 1, metric: 0, onlink: false },
  });
  const territory = (line: Line) => line.kind === "route" && line.table === 1;
  const others: Line[] = [route("10.0.0.0/8"), { ...route("10.0.0.0/8"), table: 2 }];
  expect(drift([route("default"), ...others], [route("default")], undefined, territory)).toEqual([
    "unexpected: 10.0.0.0/8 dev eth1 table wan_one",
  ]);
  expect(drift([{ ...route("default"), device: "eth2" }], [route("default")], undefined, territory)).toEqual([
    "missing: default dev eth1 table wan_one",
    "unexpected: default dev eth2 table wan_one",
  ]);
});

describe("what a hand does to a chain shows as exactly those lines", () => {
  const rules = ["-i eth1 -j RETURN", "-i eth2 -j RETURN", "-i eth3 -j RETURN", "-j LOG"];
  const byHand = (...now: string[]) => drift([chainOf(...now)], [chainOf(...rules)]);
  const line = (text: string) => `-t mangle -A mw-wan-mark ${text}`;

  test("inserted", () => {
    expect(byHand(rules[0]!, "-i eth9 -j DROP", ...rules.slice(1))).toEqual([`unexpected: ${line("-i eth9 -j DROP")}`]);
  });

  test("removed", () => {
    expect(byHand(...rules.toSpliced(1, 1))).toEqual([`missing: ${line(rules[1]!)}`]);
  });

  test("changed", () => {
    expect(byHand(...rules.with(3, "-j DROP"))).toEqual([
      `missing: ${line("-j LOG")}`,
      `unexpected: ${line("-j DROP")}`,
    ]);
  });

  test("moved", () => {
    expect(byHand(rules[3]!, ...rules.slice(0, 3))).toEqual([`out of order: ${line("-j LOG")}`]);
  });

  test("doubled", () => {
    expect(byHand(...rules, rules[0]!)).toEqual([`unexpected: ${line(rules[0]!)}`]);
  });

  test("emptied, or deleted with its name", () => {
    expect(byHand()).toEqual(rules.map((rule) => `missing: ${line(rule)}`));
    expect(drift([], [chainOf("-j LOG")])).toEqual(["missing: -t mangle -N mw-wan-mark", `missing: ${line("-j LOG")}`]);
  });

  test("another spelling of the same rule is no drift", () => {
    expect(drift([chainOf("-m mark --mark 1 -j LOG")], [chainOf("-m mark --mark 0x1/0xffffffff -j LOG")])).toEqual([]);
  });

  test("any edits: lines said to be missing, unexpected or out of order turn what was into what is", () => {
    const list = fc.array(fc.constantFrom<string>("-j A", "-j B", "-j C", "-j D"), { maxLength: 8 });
    fc.assert(
      fc.property(list, list, (was, is) => {
        const said = drift([chainOf(...is)], [chainOf(...was)]);
        const of = (word: string) =>
          said.filter((s) => s.startsWith(`${word}: `)).map((s) => s.replace(/^.*? -A mw-wan-mark /, ""));
        const minus = of("missing").reduce((left, text) => left.toSpliced(left.indexOf(text), 1), was);
        expect([...minus, ...of("unexpected")].sort()).toEqual(is.toSorted());
        if (was.join() === is.join()) expect(said).toEqual([]);
        else expect(said.length).toBeGreaterThan(0);
        expect(said.length).toBeLessThanOrEqual(was.length + is.length);
      }),
      { numRuns: 1000 },
    );
  });
});
