import { expect, test } from "@jest/globals";
import { linksOf } from "../../provider/cli/links.ts";
import { parseFragment } from "../../provider/dialects/fragment.ts";
import { managedLinks } from "../../provider/plan/managed-links.ts";
import type { Manifest } from "../../provider/plan/manifest.ts";

const NAMES = new Map([[102, "wan_two"]]);
const links = (text: string) => managedLinks(parseFragment(text), NAMES);

test("a default route in a table and the rule by mark that leads there", () => {
  expect(
    links(
      "default via 192.0.2.1 dev eth1 table 101\n1024: from all fwmark 0x1/0xff lookup 101\ndefault dev ppp0 table 102",
    ),
  ).toEqual([
    { name: "table 101", device: "eth1", gateway: "192.0.2.1", table: 101, marks: [{ mark: 1, mask: 0xff }] },
  ]);
});

test("no link: a rule by source alone, a guard, a network, a rule to nowhere", () => {
  expect(links("default via 192.0.2.1 dev eth1 table 101\n4101: from 192.0.2.2 lookup 101")).toEqual([]);
  expect(links("unreachable default table 101 metric 9\n1024: from all fwmark 0x1 lookup 101")).toEqual([]);
  expect(links("10.0.0.0/8 dev eth0 table 101\n1024: from all fwmark 0x1 lookup 102")).toEqual([]);
});

test("in the order of the routes; of two in one table the first counts; without a gateway, and in the main table", () => {
  const text = `default dev ppp0 table 102
default via 192.0.2.1 dev eth1 table 101
default via 192.0.2.9 dev eth9 table 101 metric 5
default via 198.51.100.1 dev eth3
1024: from all fwmark 0x1 lookup 101
1025: from all fwmark 0x2 lookup 102
1026: from all fwmark 0x3 lookup 254`;
  expect(links(text).map(({ name, device, gateway }) => [name, device, gateway])).toEqual([
    ["wan_two", "ppp0", undefined],
    ["table 101", "eth1", "192.0.2.1"],
    ["table 254", "eth3", "198.51.100.1"],
  ]);
});

test("the command shows a link once for each mark, by the number of its table", () => {
  const lines = parseFragment(`default dev ppp0 table 102
default via 192.0.2.1 dev eth1 table 101
1024: from all fwmark 0x1/0xf lookup 101
1025: from all fwmark 0x2 lookup 102
1026: from all fwmark 0x5/0xf lookup 101`);
  const manifest: Manifest = new Map([["p/s/FwmarkRule/a", { lines, found: [] }]]);
  expect(linksOf(undefined, manifest, NAMES).map(({ name, mark, mask }) => [name, mark, mask])).toEqual([
    ["table 101", 1, 0xf],
    ["table 101", 5, 0xf],
    ["wan_two", 2, 0xffffffff],
  ]);
});
