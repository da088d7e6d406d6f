import { describe, expect, test } from "@jest/globals";
import { parseFragment } from "../../provider/dialects/fragment.ts";
import { parseRoutes } from "../../provider/dialects/iproute2/routes.ts";
import type { Line } from "../../provider/model/line.ts";
import { leavingLost, lostOn, sayLost, sayStaying, stayingNames } from "../../provider/plan/given-back.ts";
import { orphans } from "../../provider/plan/orphans.ts";
import { settle } from "../../provider/plan/settle.ts";
import { liveFrom } from "./model.ts";

const names = new Map<number, string>();
const lineOf = (text: string): Line => parseFragment(text)[0]!;
const device = (name: string, up = true) => ({ name, up, type: "ether", pointToPoint: false });
const router = {
  devices: [device("eth1"), device("eth2"), device("eth3", false)],
  strange: ["a;b"],
  addresses: [{ kind: "address", device: "eth1", address: "10.0.0.2", prefix: 24, dynamic: false, scope: "global" }],
  routes: parseRoutes("10.0.0.0/24 dev eth1 scope link\n10.9.0.1 dev eth2 scope link\n", names),
  sysctls: new Map([["net.ipv4.conf.eth1.rp_filter", "1"]]),
  iptables: { nat: { chains: new Map([["PREROUTING", { policy: "ACCEPT", rules: [] }]]) } },
  tableNames: { path: "/etc/iproute2/rt_tables", text: "", names },
} as const;

describe("what was found, as the router is now", () => {
  const why = (text: string, memory: readonly string[] = []) =>
    lostOn(router, parseFragment(memory.join("\n")))(lineOf(text));

  test.each([
    ["net.ipv4.conf.eth1.rp_filter = 0"],
    ["inet 10.9.8.1/32 scope global eth3"],
    ["default via 10.0.0.1 dev eth1"],
    ["default via 10.9.0.1 dev eth2 metric 5"],
    ["default via 192.0.2.1 dev eth2 onlink"],
    ["10.7.0.0/16 dev eth2 scope link"],
    ["unreachable 10.7.0.0/16"],
    ["default nexthop via 10.0.0.1 dev eth1 weight 1 nexthop via 10.9.0.1 dev eth2 weight 1"],
    ["default via 10.0.0.1 proto static"],
    ["700: from all iif eth9 lookup 250"],
    ["-t nat -A PREROUTING -i eth9 -j ACCEPT"],
    // In capitals it may be a target that only that router's iptables knows.
    ["-t nat -A PREROUTING -j DOCKER"],
    ["/etc/iproute2/rt_tables: 1 isp"],
  ])("%s can come back", (text) => expect(why(text)).toBeUndefined());

  test.each([
    ["net.ipv4.conf.eth9.rp_filter = 0", ""],
    ["inet 10.9.8.1/32 scope global eth9", "the router has no device eth9 any more"],
    ["default via 10.0.0.1 dev eth9", "the router has no device eth9 any more"],
    ["default via 10.0.0.1 dev eth3", "eth3 is down"],
    ["default via 192.0.2.1 dev eth1", "the router has no way to the gateway 192.0.2.1 on eth1 any more"],
    ["10.7.0.0/16 via 10.0.0.1 dev eth2", "the router has no way to the gateway 10.0.0.1 on eth2 any more"],
    ["default nexthop via 10.0.0.1 dev eth1 weight 1 nexthop via 10.9.0.1 dev eth9 weight 1", "no device eth9"],
    ["-t nat -A PREROUTING -j by-hand", "the router has no chain by-hand in its nat table any more"],
    ["-t nat -A PREROUTING -g f2b-ssh", "no chain f2b-ssh"],
  ])("%s cannot", (text, reason) => expect(why(text)).toContain(reason));

  test("what it needs may be on its way back itself", () => {
    expect(why("default via 192.0.2.1 dev eth1", ["inet 192.0.2.2/24 scope global eth1"])).toBeUndefined();
    expect(why("default via 192.0.2.1 dev eth1", ["192.0.2.1 dev eth1 scope link"])).toBeUndefined();
    expect(why("-t nat -A PREROUTING -j by-hand", ["-t nat -N by-hand\n-t nat -A by-hand -j RETURN"])).toBeUndefined();
  });

  test("a name of a table, where the file cannot be written, is left as it is", () => {
    const fixed = { ...router, tableNames: { ...router.tableNames, fixed: "/etc/iproute2/rt_tables" } };
    const line = lineOf("/etc/iproute2/rt_tables: 1 wan_one");
    expect(lostOn(fixed, [])(line)).toBe("/etc/iproute2/rt_tables cannot be written");
    expect(stayingNames([{ owner, line }], fixed)).toHaveLength(1);
    expect(stayingNames([{ owner, line }], router)).toEqual([]);
    expect(sayStaying(line, fixed)).toBe(
      '"1 wan_one" stays in /etc/iproute2/rt_tables, which cannot be written; remove it by hand',
    );
  });
});

const owner = "p/s/DefaultRoute/main";
const ours = lineOf("default via 10.0.0.1 dev eth1");
const old = lineOf("default via 10.9.9.1 dev eth9");
const entry = { lines: [ours], found: [old] };
const gone = { owner, desired: undefined };

describe("a line whose predecessor cannot come back", () => {
  const why = lostOn(router, []);

  test("goes all the same, and the loss is named", () => {
    const settled = settle(new Map([[owner, entry]]), liveFrom([ours]), [gone], new Map(), why);
    expect(settled).toMatchObject({ put: [], drop: [{ owner, line: ours }] });
    expect(settled.manifest.size).toBe(0);
    expect(settled.lost.flatMap((one) => sayLost(one))).toEqual([
      '"default via 10.9.9.1 dev eth9" was there before DefaultRoute main and is not given back: the router has no device eth9 any more. See to it by hand',
    ]);
  });

  test("where the place is empty nothing is left to do, and of a setting nothing to say", () => {
    const setting = lineOf("net.ipv4.conf.eth9.rp_filter = 2");
    const was = lineOf("net.ipv4.conf.eth9.rp_filter = 0");
    const manifest = new Map([[owner, { lines: [ours, setting], found: [old, was] }]]);
    const settled = settle(manifest, liveFrom([]), [gone], new Map(), why);
    expect(settled).toMatchObject({ put: [], drop: [] });
    expect(settled.lost.flatMap((one) => sayLost(one))).toHaveLength(1);
  });

  test("a preview names it where the resource lets the place go, and not where it stays", () => {
    expect(leavingLost(entry, [ours], owner, why, names)).toEqual([]);
    expect(leavingLost(entry, [], owner, why, names)).toHaveLength(1);
    expect(leavingLost(undefined, [], owner, why, names)).toEqual([]);
  });
});

describe("what the state recorded, on a router that has forgotten", () => {
  const recorded = { lines: [ours], found: [lineOf("default via 10.0.0.7 dev eth1")] };
  const kept = (...live: string[]) =>
    settle(
      new Map(),
      liveFrom(live.map(lineOf)),
      [{ owner, desired: [ours], recorded }],
      new Map([[owner, [ours]]]),
    ).manifest.get(owner)!.found;

  test("is remembered while the line, what was before it, or nothing stands there", () => {
    expect(kept("default via 10.0.0.1 dev eth1")).toEqual(recorded.found);
    expect(kept("default via 10.0.0.7 dev eth1")).toEqual(recorded.found);
    expect(kept()).toEqual(recorded.found);
  });

  test("is older than what was put there since, which is remembered instead", () => {
    expect(kept("default via 10.0.0.77 dev eth1")).toEqual([lineOf("default via 10.0.0.77 dev eth1")]);
  });
});

describe("an entry that no resource stands for any more", () => {
  const manifest = new Map([[owner, entry]]);
  const other = { owner: "p/s/FwmarkRule/rule", desired: undefined };
  const owners = (...args: Parameters<typeof orphans>) => orphans(...args).map((request) => request.owner);

  test("goes beside a delete of its stack once nothing of it is left", () => {
    expect(owners(manifest, liveFrom([]), [other], new Map())).toEqual([owner]);
  });

  test("stays while a line of it is there, it is declared or asks itself, or the stack is another one", () => {
    expect(owners(manifest, liveFrom([ours]), [other], new Map())).toEqual([]);
    expect(owners(manifest, liveFrom([]), [other], new Map([[owner, [ours]]]))).toEqual([]);
    expect(owners(manifest, liveFrom([]), [other, gone], new Map())).toEqual([]);
    expect(owners(manifest, liveFrom([]), [{ ...other, owner: "p/t/FwmarkRule/rule" }], new Map())).toEqual([]);
  });

  test("stays where nothing is deleted: what is declared may not have been checked yet", () => {
    expect(owners(manifest, liveFrom([]), [{ ...other, desired: [] }], new Map())).toEqual([]);
  });
});
