import { expect, test } from "@jest/globals";
import { fwmarkRule } from "../../provider/kinds/fwmark-rule.ts";
import { sourceRule } from "../../provider/kinds/source-rule.ts";
import type { RuleLine } from "../../provider/model/line.ts";
import { faults, refusals, routerOf, shown } from "./routers.ts";

const seed = { mark: 1, mask: 0xffffffff, table: 1, tableName: "wan_one", priority: 1024 };

test("the seed's rule is shown as ip rule show prints it", () => {
  expect(shown(fwmarkRule, seed)).toEqual(["1024: from all fwmark 0x1 lookup wan_one"]);
});

test("without a mask a small mark is compared in the low byte, a mark of bits 24 to 27 in these, any other whole", () => {
  const text = (mark: number | string) => shown(fwmarkRule, { mark, table: 101, priority: 4001 })[0];
  expect(text(2)).toBe("4001: from all fwmark 0x2/0xff lookup 101");
  expect(text("0x0F000000")).toBe("4001: from all fwmark 0xf000000/0xf000000 lookup 101");
  expect(text(0x1234)).toBe("4001: from all fwmark 0x1234 lookup 101");
  expect(text(0xffffffff)).toBe("4001: from all fwmark 0xffffffff lookup 101");
});

test("a mark outside of its mask never matches; the rules of the kernel keep their priorities", () => {
  expect(faults(fwmarkRule, { ...seed, mark: 0x101, mask: 0xff })).toEqual([
    "mark: 0x101 has bits outside the mask 0xff: no packet would ever match",
  ]);
  expect(faults(fwmarkRule, { ...seed, priority: 0 })).toEqual([
    "priority: must be 1 to 32765 (0 is the local table's own rule)",
  ]);
  expect(faults(fwmarkRule, { ...seed, priority: 32766 })).toEqual([
    "priority: must be 1 to 32765 (32766 and 32767 are the rules of main and default; what follows them is never reached)",
  ]);
  expect(faults(fwmarkRule, { ...seed, table: 254 })).toEqual([
    "table: is one of the kernel's own tables (253 default, 254 main, 255 local)",
  ]);
  expect(faults(fwmarkRule, { ...seed, mark: "1" })).toEqual(["mark: must be a number such as 0x1000000"]);
  expect(faults(fwmarkRule, { ...seed, prio: 1 })).toEqual([': Unrecognized key: "prio"']);
});

test("the manual switch: a server or a network goes by a table, a /32 is an address", () => {
  const text = (source: string) => shown(sourceRule, { source, table: 1, tableName: "wan_one" })[0];
  expect(text("172.16.1.131")).toBe("4200: from 172.16.1.131 lookup wan_one");
  expect(text("172.16.1.131/32")).toBe("4200: from 172.16.1.131 lookup wan_one");
  expect(text("172.16.1.128/25")).toBe("4200: from 172.16.1.128/25 lookup wan_one");
});

test("a source is an address or a network, and not everything", () => {
  const message = "source: must be an IPv4 address or network such as 172.16.1.131";
  for (const source of ["172.16.1.131/24", "server1", "", "172.16.1.1/33", "::1"])
    expect(faults(sourceRule, { source, table: 1 })).toEqual([message]);
  expect(faults(sourceRule, { source: "0.0.0.0/0", table: 1 })).toEqual([
    "source: 0.0.0.0/0 is every packet: that is the main table's job (DefaultRoute)",
  ]);
});

test("a SourceRule before a fwmark rule of ours is refused, behind it it is not", () => {
  const fwmark: RuleLine = { kind: "rule", priority: 1025, from: "all", mark: 2, table: 2 };
  const router = routerOf({ rules: [fwmark], tableNames: { path: "", text: "", names: new Map([[2, "wan_two"]]) } });
  const at = (priority: number) =>
    refusals(sourceRule, { source: "172.16.1.131", table: 1, priority }, router, { ours: [fwmark] });
  const message =
    'stands before the rule "1025: from all fwmark 0x2 lookup wan_two": replies of 172.16.1.131 would leave by the wrong link; take a priority above 1025';
  expect(at(1024)).toEqual([`priority: 1024 ${message}`]);
  expect(at(1025)).toEqual([`priority: 1025 ${message}`]);
  expect(at(1026)).toEqual([]);
  expect(refusals(sourceRule, { source: "172.16.1.131", table: 1, priority: 9 }, router)).toEqual([]);
});
