import { describe, expect, test } from "@jest/globals";
import { canonicalRule } from "../../provider/dialects/iptables/canonical-rule.ts";
import { ruleText } from "../../provider/dialects/iptables/packet-rule.ts";
import { connmarkChain } from "../../provider/kinds/connmark-chain.ts";
import { refuseStrictLinks } from "../../provider/kinds/strict-links.ts";
import type { Line, RouteLine } from "../../provider/model/line.ts";
import { faults, refusals, routerOf, shown } from "./routers.ts";

const two = (one: number | string, other: number | string) => [
  { device: "eth1", mark: one },
  { device: "eth2", mark: other },
];

describe("every packet of a connection carries the mark", () => {
  test("the full mask gives the seed's six rules word for word", () => {
    expect(shown(connmarkChain, { chain: "wan", links: two(1, 2), mask: 0xffffffff, output: false })).toEqual([
      "-t mangle -N mw-wan-mark",
      "-t mangle -A mw-wan-mark -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff",
      "-t mangle -A mw-wan-mark -m mark --mark 0x1 -j RETURN",
      "-t mangle -A mw-wan-mark -i eth1 -j MARK --set-xmark 0x1/0xffffffff",
      "-t mangle -A mw-wan-mark -m mark --mark 0x2 -j RETURN",
      "-t mangle -A mw-wan-mark -i eth2 -j MARK --set-xmark 0x2/0xffffffff",
      "-t mangle -A mw-wan-mark -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff",
      "-t mangle -A PREROUTING -j mw-wan-mark",
    ]);
  });

  test("the default mask touches bits 24 to 27 only, and OUTPUT restores for the router's own replies", () => {
    expect(shown(connmarkChain, { chain: "wan", links: two("0x1000000", 0x2000000) })).toEqual([
      "-t mangle -N mw-wan-mark",
      "-t mangle -A mw-wan-mark -j CONNMARK --restore-mark --nfmask 0xf000000 --ctmask 0xf000000",
      "-t mangle -A mw-wan-mark -m mark --mark 0x1000000/0xf000000 -j RETURN",
      "-t mangle -A mw-wan-mark -i eth1 -j MARK --set-xmark 0x1000000/0xf000000",
      "-t mangle -A mw-wan-mark -m mark --mark 0x2000000/0xf000000 -j RETURN",
      "-t mangle -A mw-wan-mark -i eth2 -j MARK --set-xmark 0x2000000/0xf000000",
      "-t mangle -A mw-wan-mark -j CONNMARK --save-mark --nfmask 0xf000000 --ctmask 0xf000000",
      "-t mangle -A PREROUTING -j mw-wan-mark",
      "-t mangle -N mw-wan-out",
      "-t mangle -A mw-wan-out -m mark ! --mark 0x0 -j RETURN",
      "-t mangle -A mw-wan-out -j CONNMARK --restore-mark --nfmask 0xf000000 --ctmask 0xf000000",
      "-t mangle -A OUTPUT -j mw-wan-out",
    ]);
  });

  test.each(Array.from({ length: 15 }, (_, i) => i + 1))("%i links: restore, two rules per link, save", (n) => {
    const links = Array.from({ length: n }, (_, i) => ({ device: `eth${i + 1}`, mark: (i + 1) * 0x1000000 }));
    const lines = shown(connmarkChain, { chain: "wan", links, output: false });
    expect(lines).toHaveLength(1 + 1 + 2 * n + 1 + 1);
    expect(lines.slice(2, -2)).toEqual(
      links.flatMap(({ device, mark }) => [
        `-t mangle -A mw-wan-mark -m mark --mark 0x${mark.toString(16)}/0xf000000 -j RETURN`,
        `-t mangle -A mw-wan-mark -i ${device} -j MARK --set-xmark 0x${mark.toString(16)}/0xf000000`,
      ]),
    );
  });
});

describe("reply-only", () => {
  test("a connection is marked once on the way in; the mark is restored on what does not arrive on a link", () => {
    const links = two(0x1000000, 0x2000000);
    expect(shown(connmarkChain, { chain: "wan", links, marking: "reply-only", output: false })).toEqual([
      "-t mangle -N mw-wan-mark",
      "-t mangle -A mw-wan-mark -i eth1 -j CONNMARK --set-xmark 0x1000000/0xf000000",
      "-t mangle -A mw-wan-mark -i eth1 -j RETURN",
      "-t mangle -A mw-wan-mark -i eth2 -j CONNMARK --set-xmark 0x2000000/0xf000000",
      "-t mangle -A mw-wan-mark -i eth2 -j RETURN",
      "-t mangle -A mw-wan-mark -j CONNMARK --restore-mark --nfmask 0xf000000 --ctmask 0xf000000",
      "-t mangle -A PREROUTING -j mw-wan-mark",
    ]);
  });

  test("reply-only with the full mask, as the router prints it", () => {
    const args = { chain: "wan", links: two(1, 2), mask: 0xffffffff, marking: "reply-only" };
    expect(shown(connmarkChain, args)[1]).toBe(
      "-t mangle -A mw-wan-mark -i eth1 -j CONNMARK --set-xmark 0x1/0xffffffff",
    );
  });
});

test("small marks without a mask mean the low byte, as in a FwmarkRule", () => {
  expect(shown(connmarkChain, { chain: "wan", links: two(1, 2), output: false })[2]).toBe(
    "-t mangle -A mw-wan-mark -m mark --mark 0x1/0xff -j RETURN",
  );
});

test("every rule is written as iptables-save prints it", () => {
  for (const marking of ["every-packet", "reply-only"])
    for (const mask of [0xffffffff, 0xff, 0xf0000003])
      for (const line of connmarkChain.desired(
        connmarkChain.schema.parse({ chain: "wan", links: two(1, 2), mask, marking }),
        {},
      ))
        for (const rule of line.kind === "chain" ? line.rules : [])
          expect(canonicalRule(ruleText(rule))).toBe(ruleText(rule));
});

test("a mark outside the mask, a mark twice and a device twice are faults", () => {
  const links = [...two(0x10000000, 0x2000000), { device: "eth2", mark: 0x2000000 }];
  expect(faults(connmarkChain, { chain: "wan", links, mask: 0xf000000 })).toEqual([
    "links.0.mark: 0x10000000 has bits outside the mask 0xf000000",
    "links.2.mark: 0x2000000 is the mark of links[1] already",
    "links.2.device: eth2 is the device of links[1] already",
  ]);
  expect(faults(connmarkChain, { chain: "wan", links: [] })).toEqual(["links: must list at least one link"]);
  expect(faults(connmarkChain, { chain: "wan", links: two(0, 0x100000000) })).toEqual([
    "links.0.mark: must not be 0",
    "links.1.mark: must fit in 32 bits",
  ]);
  expect(faults(connmarkChain, { chain: "wan", links: two("one", "0x123456789") })).toEqual([
    "links.0.mark: must be a number such as 0x1000000",
    "links.1.mark: must be a number such as 0x1000000",
  ]);
  expect(faults(connmarkChain, { chain: "wan", links: two(1, 2), maks: 3 })).toEqual([': Unrecognized key: "maks"']);
});

test("a device that the router does not have is refused, and those it has are named", () => {
  const links = [
    { device: "eth1", mark: 0x1000000 },
    { device: "eth7", mark: 0x2000000 },
  ];
  expect(refusals(connmarkChain, { chain: "wan", links }, routerOf())).toEqual([
    "links.1.device: the router has no device eth7; it has eth0, eth1, eth2, eth0.100",
  ]);
  expect(refusals(connmarkChain, { chain: "wan", links }, routerOf({ devices: [] }))[0]).toBe(
    "links.0.device: the router has no device eth1; it has none",
  );
});

describe("a link whose reverse path filter is strict, and stays so", () => {
  const loose = (device: string): Line => ({ kind: "sysctl", key: `net.ipv4.conf.${device}.rp_filter`, value: "2" });
  const by = (device: string, metric = 0): RouteLine => ({
    ...{ kind: "route", type: "unicast", destination: "default", gateway: "192.0.2.1", device, table: 254 },
    ...{ metric, onlink: false },
  });
  const claims = (...lines: Line[]) =>
    new Map<string, Line[]>([
      ["p/s/WanLink/one", lines],
      ["p/s/WanLink/two", []],
    ]);
  const said = (
    marking: "every-packet" | "reply-only",
    known: ReadonlyMap<string, Line[]>,
    sysctls = routerOf().sysctls,
    routes: readonly RouteLine[] = [by("eth3")],
  ) => refuseStrictLinks({ links: two(1, 2), marking }, { sysctls, routes }, known).map(({ message }) => message);

  test("is refused by its device, with what to do", () => {
    expect(said("reply-only", claims(loose("eth2")))).toEqual([
      'the reverse path filter of eth1 is strict (all 0, eth1 1), and it does not look at marks: what comes in by eth1 would be dropped, for "default via 192.0.2.1 dev eth3" leads elsewhere; set reversePath: loose for the link, or sysctl -w net.ipv4.conf.eth1.rp_filter=2',
    ]);
    expect(said("every-packet", claims())).toHaveLength(2);
  });

  test("does no harm where it looks at marks and every packet has one, or where one for all loosens it", () => {
    const marks = new Map([...routerOf().sysctls, ["net.ipv4.conf.all.src_valid_mark", "1"]]);
    expect(said("every-packet", claims(), marks)).toEqual([]);
    expect(said("reply-only", claims(), marks)).toHaveLength(2);
    expect(said("reply-only", claims(), new Map([...marks, ["net.ipv4.conf.all.rp_filter", "2"]]))).toEqual([]);
  });

  test("is its own way back where the default leads by it, as it will be", () => {
    const left = (routes: RouteLine[], ...lines: Line[]) =>
      said("reply-only", claims(...lines), undefined, routes).map((text) => /filter of (\S+)/.exec(text)?.[1]);
    expect(left([by("eth1")])).toEqual(["eth2"]);
    expect(left([by("eth1", 10), by("eth2", 5)])).toEqual(["eth1"]);
    expect(left([by("eth1")], by("eth2"))).toEqual(["eth1"]);
    expect(
      left([
        { ...by("eth3"), rest: "nexthop via 192.0.2.1 dev eth1 weight 1 nexthop via 192.0.2.5 dev eth2 weight 1" },
      ]),
    ).toEqual([]);
    expect(left([])).toEqual([]);
  });

  test("is not judged before all links are known, or where there is one", () => {
    expect(said("reply-only", new Map())).toEqual([]);
    expect(refuseStrictLinks({ links: two(1, 2).slice(1), marking: "reply-only" }, routerOf(), claims())).toEqual([]);
  });
});
