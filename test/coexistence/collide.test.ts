import { describe, expect, test } from "@jest/globals";
import { connmarkChain } from "../../provider/kinds/connmark-chain.ts";
import { fwmarkRule } from "../../provider/kinds/fwmark-rule.ts";
import { routingTable } from "../../provider/kinds/routing-table.ts";
import type { Fragment } from "../../provider/model/line.ts";
import { collisions } from "../../provider/plan/collide.ts";
import { desiredOf, refusals } from "../kinds/routers.ts";
import { RECORDED, type Recorded, routerBeside } from "./footprints.ts";

function found(desired: Fragment, beside: Recorded): string[] {
  const snapshot = routerBeside(beside);
  const seen = { snapshot, manifest: new Map() };
  const all = collisions("p/s/Kind/one", desired, seen, new Map(), snapshot.tableNames.names);
  return all.map(({ path, message }) => `${path.join(".")}: ${message}`);
}
const ruleAt = (priority: number, mark: number, mask: number) =>
  desiredOf(fwmarkRule, { mark, mask, table: 101, priority });
const chain = (mask: number) =>
  desiredOf(connmarkChain, { chain: "site", mask, links: [{ device: "eth1", mark: (mask & -mask) >>> 0 }] });

describe("a collision names the neighbour and proposes what is free", () => {
  test("a priority", () => {
    expect(found(ruleAt(5270, 0x1000000, 0x0f000000), RECORDED.Tailscale!)).toEqual([
      'priority: 5270 is taken on the router: "5270: from all lookup 52" (it looks like Tailscale\'s); priorities 4000-4999 are free',
    ]);
    expect(found(ruleAt(1024, 1, 0xf), RECORDED["the AWS VPC CNI"]!)).toEqual([
      'priority: 1024 is taken on the router: "1024: from all fwmark 0x80/0x80 lookup main" (it looks like the AWS VPC CNI\'s); priorities 4000-4999 are free',
    ]);
  });

  test("a mark", () => {
    expect(found(ruleAt(4001, 0x100, 0xf00), RECORDED.mwan3!)).toEqual([
      'mark: the router has a rule that matches the same packets: "2001: from all fwmark 0x100/0x3f00 lookup 1" (it looks like mwan3\'s); take another mark or mask (free here: 0x0f000000)',
      'mark: the router has a rule that matches the same packets: "3001: from all fwmark 0x100/0x3f00 unreachable" (it looks like mwan3\'s); take another mark or mask (free here: 0x0f000000)',
    ]);
  });

  test("a table", () => {
    const args = { table: 52, device: "eth1", gateway: "149.99.251.145" };
    expect(refusals(routingTable, args, routerBeside(RECORDED.Tailscale!))).toEqual([
      "table: table 52 already has routes that are not declared here: 100.100.100.100 dev tailscale0 table 52 (they look like Tailscale's); tables 101-115 are free",
    ]);
    const named = { ...args, table: 300, name: "pbr_wan" };
    expect(refusals(routingTable, named, routerBeside(RECORDED.pbr!))).toEqual([
      'name: /etc/iproute2/rt_tables already has the line "256 pbr_wan" (it looks like pbr\'s); take another name',
    ]);
  });

  test.each<[string, number, RegExp]>([
    ["Tailscale", 0xff0000, /-A PREROUTING .*0xff0000/],
    ["mwan3", 0xf00, /-A mwan3_hook /],
    ["Shorewall", 0xf, /-A routemark /],
    ["Calico", 0xf0000, /-A cali-PREROUTING /],
    ["the AWS VPC CNI", 0x80, /-A PREROUTING -i eni\+ /],
  ])("bits that it writes: %s", (name, mask, rule) => {
    const messages = found(chain(mask), RECORDED[name]!).filter((text) => rule.test(text));
    expect(messages).toHaveLength(1);
    expect(messages[0]).toContain(`that looks like ${name}'s and writes the same mark bits`);
    expect(messages[0]).toMatch(
      /take another mask \(free here: 0xf?0?f[0-9a-f]+\), remove it, or list it under replace$/,
    );
    expect(found(chain(0x0f000000), { ...RECORDED[name]!, ...(name === "Calico" && { save: "" }) })).toEqual([]);
  });

  test("wg-quick's restore of the whole mark stands in the way of every mask, and no mask is proposed", () => {
    expect(found(chain(0x0f000000), RECORDED["wg-quick (WireGuard)"]!)).toEqual([
      `mask: the router has a rule that looks like wg-quick's (WireGuard) and writes the whole mark: "-t mangle -A PREROUTING -p udp -m comment --comment "wg-quick(8) rule for wg0" -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff"; have it write only bits of its own, such as --restore-mark --nfmask M --ctmask M, M being its own bits, remove it, or list it under replace`,
    ]);
  });

  test("a rule in raw counts as one in mangle", () => {
    const save = "*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -i eth5 -j MARK --set-xmark 0x7/0xffffffff\nCOMMIT\n";
    expect(found(chain(0xf), { save })[0]).toContain(
      '"-t raw -A PREROUTING -i eth5 -j MARK --set-xmark 0x7/0xffffffff"',
    );
  });

  test("nothing of the default layout collides with any of them but for their whole-mark writers", () => {
    const ours = [...ruleAt(4001, 0x1000000, 0x0f000000), ...chain(0x0f000000)];
    const free = Object.entries(RECORDED).filter(([, recorded]) => found(ours, recorded).length > 0);
    expect(free.map(([name]) => name)).toEqual(["wg-quick (WireGuard)"]);
  });
});
