/** A word of nft's that stands where a device's name may stand narrows nothing; a chain of the way out is one. */
import { expect, test } from "@jest/globals";
import { nativeThreats } from "../../../provider/dialects/nftables/nft-native.ts";

const inChain = (hook: string, rule: string, family = "inet") =>
  nativeThreats(
    `table ${family} own {\n\tchain c {\n\t\ttype filter hook ${hook}; policy accept;\n\t\t${rule}\n\t}\n}\n`,
  );

const prerouting = "prerouting priority mangle";

test.each([
  ['meta mark set iifname map { "eth1" : 0x00000001, "eth2" : 0x00000002 }'],
  ['ct mark set iif map { "eth1" : 0x00000001, "eth2" : 0x00000002 }'],
  ['iifname . tcp dport { "eth2" . 80 } drop'],
  ['snat to oifname map { "eth1" : 198.51.100.2, "eth2" : 203.0.113.2 }'],
  ['iifname . oifname vmap { "eth0" . "eth2" : drop }'],
])("%s is for any device", (rule) => {
  const [threat, ...more] = inChain(prerouting, rule);
  expect(more).toEqual([]);
  expect(threat).toMatchObject({ text: rule, hook: "prerouting" });
  expect(threat!.selects.in).toBeUndefined();
  expect(threat!.selects.out).toBeUndefined();
});

test.each([
  ['iifname "eth2" drop', { in: ["eth2"] }],
  ['iifname { "eth1", "wg*" } oif "eth0" drop', { in: ["eth1", "wg*"], out: ["eth0"] }],
])("%s is for the devices that it names", (rule, selects) => {
  expect(inChain(prerouting, rule)[0]!.selects).toEqual(selects);
});

test("a chain on the way out of a device", () => {
  const rule = "tcp sport 80 drop";
  expect(inChain('egress device "eth2" priority filter', rule, "netdev")).toEqual([
    { table: "netdev own", chain: "c", hook: "postrouting", text: rule, selects: { out: ["eth2"], protocol: ["tcp"] } },
  ]);
});
test.each([
  ["ct original zone set 5"],
  ["ct reply zone set 5"],
  ["ether daddr set 02:00:00:00:00:09"],
  ["@nh,128,32 set 0x0a000001"],
])("%s changes what decides about a way", (rule) => expect(inChain(prerouting, rule)).toHaveLength(1));

test.each([
  "ct status dnat accept",
  "ct status snat,dnat accept",
  "ct status != dnat accept",
  "ct status { snat, dnat } accept",
])("%s lets packets pass", (rule) => expect(inChain("forward priority filter + 10", rule)).toEqual([]));
test.each(["ct status != dnat drop", "ct status dnat masquerade", "ct status dnat meta mark set 0x1"])(
  "%s does not",
  (rule) => expect(inChain("forward priority filter + 10", rule)).toHaveLength(1),
);
