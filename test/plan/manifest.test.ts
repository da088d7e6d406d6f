import { expect, test } from "@jest/globals";
import { parseRule } from "../../provider/dialects/iptables/packet-rule.ts";
import type { Line } from "../../provider/model/line.ts";
import {
  formatManifest,
  holderOf,
  inSlot,
  type Manifest,
  ownersOf,
  parseManifest,
} from "../../provider/plan/manifest.ts";

const rule: Line = { kind: "rule", priority: 1024, from: "all", mark: 1, table: 1 };
const sysctl = (value: string): Line => ({ kind: "sysctl", key: "net.ipv4.conf.eth0/100.rp_filter", value });
const chain: Line = {
  kind: "chain",
  table: "mangle",
  chain: "mw-wan-mark",
  rules: ["-i eth1 -j RETURN", "-j LOG"].map(parseRule),
};
const empty: Line = { kind: "chain", table: "nat", chain: "mw-wan-mark", rules: [] };
const hook: Line = { kind: "hook", table: "mangle", chain: "PREROUTING", rule: parseRule("-j mw-wan-mark") };

const manifest: Manifest = new Map([
  ["p/s/WanLink/one", { lines: [sysctl("2")], found: [sysctl("1")] }],
  ["p/s/ConnmarkChain/wan", { lines: [chain, hook, empty, rule], found: [rule] }],
]);

test("who owns which lines, and what was there before, sorted by owner", () => {
  expect(formatManifest(manifest)).toBe(`\
# Lines of this router that belong to Pulumi resources (pulumi-multiwan). Kept by the provider: do not edit.
owner p/s/ConnmarkChain/wan
line -t mangle -N mw-wan-mark
line -t mangle -A mw-wan-mark -i eth1 -j RETURN
line -t mangle -A mw-wan-mark -j LOG
line -t mangle -A PREROUTING -j mw-wan-mark
line -t nat -N mw-wan-mark
line 1024: from all fwmark 0x1 lookup 1
found 1024: from all fwmark 0x1 lookup 1
owner p/s/WanLink/one
line net.ipv4.conf.eth0/100.rp_filter = 2
found net.ipv4.conf.eth0/100.rp_filter = 1
`);
});

test("is read back as it was written; no manifest is an empty one", () => {
  expect(Object.fromEntries(parseManifest(formatManifest(manifest)))).toEqual(Object.fromEntries(manifest));
  expect(formatManifest(parseManifest(formatManifest(manifest)))).toBe(formatManifest(manifest));
  expect(parseManifest(undefined).size).toBe(0);
  expect(parseManifest(formatManifest(new Map())).size).toBe(0);
});

test("the rules that stood next to an adopted one are rows that older versions pass over", () => {
  const rule = parseRule("-s 172.16.1.0/24 -j MASQUERADE");
  const neighbours = { before: parseRule("-d 10.8.0.0/16 -j ACCEPT"), behind: parseRule("-j LOG") };
  const found: Line[] = [
    { kind: "hook", table: "nat", chain: "POSTROUTING", rule, position: 2, neighbours },
    {
      kind: "hook",
      table: "nat",
      chain: "POSTROUTING",
      rule,
      position: 4,
      neighbours: { before: parseRule("-j LOG") },
    },
  ];
  const text = formatManifest(new Map([["p/s/ServerMap/a", { lines: [hook], found }]]));
  expect(text.match(/^# found .*$/gm)).toEqual([
    ...["# found behind -d 10.8.0.0/16 -j ACCEPT", "# found before -j LOG", "# found behind -j LOG"],
  ]);
  expect(parseManifest(text).get("p/s/ServerMap/a")?.found).toEqual(found);
});

test.each(["line 1024: from all lookup 1", "nonsense", "owner a\nlines x", "owner a\nline what is this"])(
  "%j is refused: this version cannot have written it",
  (text) => {
    expect(() => parseManifest(text)).toThrow();
  },
);

test("owners are found by what a line means, holders by its place", () => {
  expect(ownersOf(manifest, { ...rule, mask: 0xffffffff } as Line)).toEqual(["p/s/ConnmarkChain/wan"]);
  expect(ownersOf(manifest, sysctl("1"))).toEqual([]);
  expect(holderOf(manifest, sysctl("0"))).toBe(manifest.get("p/s/WanLink/one"));
  expect(holderOf(manifest, { ...rule, priority: 1 } as Line)).toBeUndefined();
  expect(inSlot([sysctl("1"), rule], sysctl("7"))).toEqual([sysctl("1")]);
});
