import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { formatFragment, parseFragment } from "../../provider/dialects/fragment.ts";
import { parseRule } from "../../provider/dialects/iptables/packet-rule.ts";
import type { Line } from "../../provider/model/line.ts";
import { NotUnderstood } from "../../provider/model/not-understood.ts";
import { line } from "./arbitrary.ts";
import { NAMES } from "./fixture.ts";

const SAMPLE: readonly Line[] = [
  { kind: "address", device: "eth1", address: "123.234.1.11", prefix: 32 },
  { kind: "sysctl", key: "net.ipv4.conf.eth1.rp_filter", value: "2" },
  { kind: "table-name", id: 1, name: "wan_one" },
  {
    kind: "route",
    type: "unicast",
    destination: "172.16.1.0/24",
    device: "eth0",
    table: 1,
    scope: "link",
    metric: 0,
    onlink: false,
  },
  {
    kind: "route",
    type: "unicast",
    destination: "default",
    gateway: "149.99.251.145",
    device: "eth1",
    table: 1,
    metric: 0,
    onlink: false,
  },
  { kind: "route", type: "unreachable", destination: "default", table: 1, metric: 65000, onlink: false },
  {
    kind: "route",
    type: "unicast",
    destination: "default",
    gateway: "66.119.160.1",
    device: "eth2",
    table: 254,
    metric: 0,
    onlink: false,
  },
  { kind: "rule", priority: 1024, from: "all", mark: 1, table: 1 },
  { kind: "rule", priority: 1025, from: "all", mark: 0x1000000, mask: 0xf000000, table: 1 },
  { kind: "rule", priority: 1030, from: "172.16.1.131", table: 1 },
  {
    kind: "chain",
    table: "mangle",
    chain: "mw-mark",
    rules: ["-m mark --mark 0x1 -j RETURN", "-i eth1 -j MARK --set-xmark 0x1/0xffffffff"].map(parseRule),
  },
  { kind: "hook", table: "mangle", chain: "PREROUTING", rule: parseRule("-j mw-mark") },
];

describe("the text of a fragment", () => {
  test("is what the router's own tools print, with single blanks and table names", () => {
    expect(formatFragment(SAMPLE, NAMES)).toMatchInlineSnapshot(`
"inet 123.234.1.11/32 scope global eth1
net.ipv4.conf.eth1.rp_filter = 2
/etc/iproute2/rt_tables: 1 wan_one
172.16.1.0/24 dev eth0 table wan_one scope link
default via 149.99.251.145 dev eth1 table wan_one
unreachable default table wan_one metric 65000
default via 66.119.160.1 dev eth2
1024: from all fwmark 0x1 lookup wan_one
1025: from all fwmark 0x1000000/0xf000000 lookup wan_one
1030: from 172.16.1.131 lookup wan_one
-t mangle -N mw-mark
-t mangle -A mw-mark -m mark --mark 0x1 -j RETURN
-t mangle -A mw-mark -i eth1 -j MARK --set-xmark 0x1/0xffffffff
-t mangle -A PREROUTING -j mw-mark"
`);
  });

  test("has ids where no names are given", () => {
    expect(formatFragment(SAMPLE.slice(4, 5))).toBe("default via 149.99.251.145 dev eth1 table 1");
    expect(formatFragment([{ kind: "rule", priority: 1, from: "all", table: 254 }])).toBe("1: from all lookup 254");
    expect(formatFragment([{ kind: "rule", priority: 1, from: "all", table: 254 }], NAMES)).toBe(
      "1: from all lookup main",
    );
  });

  test("reads back as the same lines", () => {
    expect(parseFragment(formatFragment(SAMPLE))).toEqual(SAMPLE);
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        expect(parseFragment(formatFragment(lines))).toEqual(lines);
      }),
      { numRuns: 1000 },
    );
  });

  test("reads table names by the given look-up, and refuses a name it does not know", () => {
    const text = "default dev eth1 table wan_one\n1: from all lookup wan_two";
    const ids = new Map([...NAMES].map(([id, name]) => [name, id]));
    expect(parseFragment(text, (name) => ids.get(name)).map((l) => "table" in l && l.table)).toEqual([1, 2]);
    expect(() => parseFragment(text)).toThrow(NotUnderstood);
  });

  test("is empty for no lines, and no lines come from it", () => {
    expect(formatFragment([])).toBe("");
    expect(parseFragment("")).toEqual([]);
  });

  test.each([
    ["an empty line", "\n"],
    ["words of no kind", "hello world"],
    ["an address without its length", "inet 1.2.3.4 scope global eth1"],
    ["a device with a name that is none", "inet 1.2.3.4/32 scope global a;reboot"],
    ["a rule without its chain", "-t mangle -A mw-mark -j RETURN"],
    ["a rule behind another chain", "-t mangle -N mw-a\n-t mangle -A mw-b -j RETURN"],
    ["a rule that other lines part from its chain", "-t nat -N mw-a\ndefault dev eth1\n-t nat -A mw-a -j RETURN"],
    ["a table of iptables that is none", "-t frobnicate -N mw-a"],
    ["a priority that is none", "x: from all lookup 1"],
    ["a route to something else", "10.0.0.256 dev eth1"],
    ["another file", "/etc/passwd: 1 wan_one"],
  ])("refuses %s and says which line", (_what, text) => {
    expect(() => parseFragment(text)).toThrow(NotUnderstood);
  });
});
