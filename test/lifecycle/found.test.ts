import { expect, test } from "@jest/globals";
import { formatFragment } from "../../provider/dialects/fragment.ts";
import { wanLink } from "../../provider/kinds/wan-link.ts";
import { recordedEntry } from "../../provider/lifecycle/found.ts";

const olds = {
  config: "1024: from 10.0.0.1 lookup vpn\n4000: from all iif eth1 lookup main suppress_prefixlength 1\n",
  replaces: ["10.71.8.0/24 via 192.168.99.2 dev eth3 table vendor_vpn", "net.ipv4.conf.eth1.rp_filter = 1"],
};
const entry = (names: ReadonlyMap<number, string>) => recordedEntry(wanLink, olds, names);

test("the state's lines are read with the names of the router", () => {
  const names = new Map([
    [77, "vendor_vpn"],
    [78, "vpn"],
  ]);
  expect(formatFragment(entry(names)!.lines)).toContain("lookup 78");
  expect(formatFragment(entry(names)!.found)).toContain("table 77");
});

test("a name that the router has no more takes its line along, and no other", () => {
  const { lines, found } = entry(new Map([[78, "vpn"]]))!;
  expect(lines).toHaveLength(2);
  expect(formatFragment(found)).toBe("net.ipv4.conf.eth1.rp_filter = 1");
});

test.each([
  [
    "all names known",
    new Map([
      [77, "vendor_vpn"],
      [78, "vpn"],
    ]),
  ],
  ["one of them lost", new Map([[78, "vpn"]])],
])("lines of several rows stay whole, %s", (_, names) => {
  const rows = [
    "file /etc/network/if-up.d/multiwan 0755",
    "| #!/bin/sh",
    "| exec /usr/local/sbin/other",
    "-t nat -N mw-site-dnat",
    "-t nat -A mw-site-dnat -p tcp -j ACCEPT",
  ];
  const found = recordedEntry(wanLink, { ...olds, replaces: [...olds.replaces, ...rows] }, names)!.found;
  expect(formatFragment(found).split("\n")).toEqual(expect.arrayContaining(rows));
  expect(found.map(({ kind }) => kind).slice(-2)).toEqual(["file", "chain"]);
});
