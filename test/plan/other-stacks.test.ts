import { describe, expect, test } from "@jest/globals";
import { parseRule } from "../../provider/dialects/iptables/packet-rule.ts";
import type { Line } from "../../provider/model/line.ts";
import type { Manifest } from "../../provider/plan/manifest.ts";
import { otherStacks } from "../../provider/plan/other-stacks.ts";

const rule = (priority: number, mark: number, mask = 0x0f000000, table = 101): Line => ({
  ...{ kind: "rule", priority, from: "all", mark, mask, table },
});
const marks = (chain: string, device: string, mark: string): Line => ({
  ...{ kind: "chain", table: "mangle", chain, rules: [`-i ${device} -j MARK --set-xmark ${mark}`].map(parseRule) },
});
const setting = (value: string): Line => ({ kind: "sysctl", key: "net.ipv4.conf.eth1.rp_filter", value });
const alias = (device: string, prefix = 32): Line => ({ kind: "address", device, address: "192.0.2.9", prefix });
const name = (id: number, text: string): Line => ({ kind: "table-name", id, name: text });

function messages(theirs: Line, own: Line, { owner = "p/b/A/a", takeOverFrom = "p/none", renamed = "" } = {}) {
  const manifest: Manifest = new Map([["p/a/A/a", { lines: [theirs], found: [] }]]);
  return otherStacks({ owner, takeOverFrom }, [own], manifest, new Set([renamed]), new Map()).map((c) => c.message);
}

describe("beside another stack", () => {
  test.each<[string, Line, Line]>([
    ["the same rule", rule(1, 1), rule(1, 1)],
    ["a rule of the same priority", rule(1, 0x1000000), rule(1, 0x2000000, 0x0f000000, 102)],
    ["a rule by the same mark to another table", rule(1, 0x1000000), rule(2, 0x1000000, 0x0f000000, 102)],
    ["a chain of the same name", marks("mw-a", "eth1", "0x1/0xf"), marks("mw-a", "eth3", "0x100/0xf00")],
    ["marks by the same device in one mask", marks("mw-a", "eth1", "0x1/0xf"), marks("mw-b", "eth1", "0x2/0xf")],
    ["the same mark by another device", marks("mw-a", "eth1", "0x1/0xf"), marks("mw-b", "eth2", "0x1/0xf")],
    ["another value of a setting", setting("1"), setting("2")],
    ["an address on another device", alias("eth1"), alias("eth2")],
    ["an address with another prefix", alias("eth1"), alias("eth1", 24)],
    ["another number for a table's name", name(1, "wan"), name(2, "wan")],
    ["another name for a table's number", name(1, "wan"), name(1, "isp")],
  ])("%s is refused by its name", (_, theirs, own) => {
    const [message = ""] = messages(theirs, own);
    expect(message).toContain("the stack p/a has this on the router");
    expect(message).toContain("(A a)");
    expect(message).toContain("takeOverFrom: p/a");
    expect(messages(theirs, own, { owner: "p/a/B/b" })).toEqual([]);
    expect(messages(theirs, own, { takeOverFrom: "p/a" })).toEqual([]);
    expect(messages(theirs, own, { renamed: "p/a/A/a" })).toEqual([]);
  });

  test.each<[string, Line, Line]>([
    ["other marks in another mask", marks("mw-a", "eth1", "0x1/0xf"), marks("mw-b", "eth1", "0x10/0xf0")],
    ["other marks by other devices in one mask", marks("mw-a", "eth1", "0x1/0xf"), marks("mw-b", "eth2", "0x2/0xf")],
    ["another rule", rule(1, 0x1000000), rule(2, 0x2000000, 0x0f000000, 102)],
    ["the same setting", setting("2"), setting("2")],
    ["the same address", alias("eth1"), alias("eth1")],
    ["the same table's name", name(1, "wan"), name(1, "wan")],
  ])("%s is none of its business", (_, theirs, own) => {
    expect(messages(theirs, own)).toEqual([]);
  });
});
