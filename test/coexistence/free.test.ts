import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { freeMask, freePriorities, freeTables, usedBits, writtenBits } from "../../provider/coexistence/free.ts";
import { parseRule } from "../../provider/dialects/iptables/packet-rule.ts";
import { formatMark } from "../../provider/model/mark.ts";
import { routerOf } from "../kinds/routers.ts";
import { RECORDED, routerBeside } from "./footprints.ts";

const rule = (priority: number, table = 1) => ({ kind: "rule", priority, from: "all", table }) as const;

describe("free numbers", () => {
  test("a mask beside each neighbour", () => {
    const masks = Object.entries(RECORDED).map(([name, recorded]) => {
      const mask = freeMask(routerBeside(recorded));
      return [name, mask === undefined ? "none" : formatMark(mask)];
    });
    expect(Object.fromEntries(masks)).toEqual({
      ...Object.fromEntries(Object.keys(RECORDED).map((name) => [name, "0xf000000"])),
      // Every bit is written by its restore.
      "wg-quick (WireGuard)": "none",
      Calico: "0xf000",
      Cilium: "none",
    });
  });

  test("no bit of the proposed mask is used, whatever rules there are", () => {
    const u32 = fc.integer({ min: 1, max: 0xffffffff });
    fc.assert(
      fc.property(fc.array(fc.tuple(u32, u32), { maxLength: 4 }), (marks) => {
        const rules = marks.map(([mark, mask], i) => ({ ...rule(100 + i), mark, mask }));
        const mask = freeMask(routerOf({ rules }));
        return mask === undefined || rules.every((r) => (r.mask & mask) === 0);
      }),
    );
  });

  test("priorities: the band that nobody is known to use, else another one, else the widest gap", () => {
    expect(freePriorities({ rules: [rule(0), rule(5270), rule(32766)] })).toEqual([4000, 4999]);
    expect(freePriorities({ rules: [rule(4500)] })).toEqual([6000, 6999]);
    const crowded = Array.from({ length: 33 }, (_, i) => rule(i * 1000 + 500));
    expect(freePriorities({ rules: crowded })).toEqual([501, 1499]);
    expect(freePriorities({ rules: [...crowded.slice(0, 5), ...crowded.slice(6)] })).toEqual([4501, 6499]);
  });

  test("tables: fifteen in a row without a rule, a route or a name", () => {
    expect(freeTables(routerOf())).toEqual([101, 115]);
    expect(freeTables(routerOf({ rules: [rule(9, 103)] }))).toEqual([104, 118]);
    const names = new Map(Array.from({ length: 140 }, (_, i) => [101 + i, `t${i}`]));
    expect(freeTables(routerOf({ tableNames: { path: "", text: "", names } }))).toEqual([256, 270]);
  });

  test("bits that a rule writes, by any target", () => {
    expect(writtenBits(parseRule("-j MARK --set-xmark 0x10000/0xff0000"))).toBe(0xff0000);
    expect(writtenBits(parseRule("-j CONNMARK --save-mark --nfmask 0xf --ctmask 0xf0"))).toBe(0xff);
    expect(writtenBits(parseRule("-p tcp -j TPROXY --on-port 1 --on-ip 0.0.0.0 --tproxy-mark 0x1/0x1"))).toBe(1);
    expect(writtenBits(parseRule("-j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff"))).toBe(
      0xffffffff,
    );
    expect(writtenBits(parseRule("-j RETURN"))).toBe(0);
    expect(usedBits(routerBeside(RECORDED.Tailscale!))).toBe(0xff0000);
  });
});
