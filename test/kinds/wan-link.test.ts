import { describe, expect, test } from "@jest/globals";
import { noFacts } from "../../provider/kinds/facts.ts";
import { wanLink } from "../../provider/kinds/wan-link.ts";
import type { AddressLine } from "../../provider/model/line.ts";
import type { Snapshot } from "../../provider/model/snapshot.ts";
import { faults, refusals, routerOf, shown } from "./routers.ts";

const one = { linkId: 1, link: "wan_one", device: "eth1", gateway: "149.99.251.145" };
const aliases = ["123.234.1.10", "123.234.1.11"];

test("addresses and their from-rules, the device's own address included", () => {
  const facts = { deviceAddresses: ["149.99.251.146"] };
  expect(shown(wanLink, { ...one, addresses: aliases }, facts)).toEqual([
    "net.ipv4.conf.eth1.src_valid_mark = 1",
    "net.ipv4.conf.eth1.rp_filter = 2",
    "inet 123.234.1.10/32 scope global eth1",
    "inet 123.234.1.11/32 scope global eth1",
    "4101: from 149.99.251.146 lookup wan_one",
    "4101: from 123.234.1.10 lookup wan_one",
    "4101: from 123.234.1.11 lookup wan_one",
  ]);
});

test("with the seed's numbers", () => {
  const args = { ...one, addresses: ["123.234.1.10"], table: 1, fromPriority: 1124 };
  expect(shown(wanLink, args)).toEqual([
    "net.ipv4.conf.eth1.src_valid_mark = 1",
    "net.ipv4.conf.eth1.rp_filter = 2",
    "inet 123.234.1.10/32 scope global eth1",
    "1124: from 123.234.1.10 lookup wan_one",
  ]);
});

test("reverse path filter: loose or strict, by the packet's mark, or as it is; a dot in a device is a slash in the key", () => {
  expect(shown(wanLink, { ...one, device: "eth0.100" })).toEqual([
    "net.ipv4.conf.eth0/100.src_valid_mark = 1",
    "net.ipv4.conf.eth0/100.rp_filter = 2",
  ]);
  expect(shown(wanLink, { ...one, reversePath: "strict" })).toEqual([
    "net.ipv4.conf.eth1.src_valid_mark = 1",
    "net.ipv4.conf.eth1.rp_filter = 1",
  ]);
  expect(wanLink.desired(wanLink.schema.parse({ ...one, reversePath: "leave" }), noFacts)).toEqual([]);
});

test("a kernel that knows no src_valid_mark (before 2.6.33) has a loose filter without it", () => {
  const old = routerOf({ sysctls: new Map([["net.ipv4.conf.eth1.rp_filter", "0"]]) });
  const facts = wanLink.facts!(wanLink.schema.parse(one), old, () => false);
  expect(facts.unknownSettings).toEqual(["src_valid_mark"]);
  expect(shown(wanLink, one, facts)[0]).toBe("net.ipv4.conf.eth1.rp_filter = 2");
});

describe("networks inside", () => {
  const args = { ...one, addresses: ["123.234.1.10"], inboundPriority: 4000, insidePriority: 4100 };
  const on = (snapshot: Snapshot, more: Record<string, unknown> = {}) => {
    const parsed = wanLink.schema.parse({ ...args, ...more });
    const facts = wanLink.facts!(parsed, snapshot, () => false);
    return {
      rules: shown(wanLink, { ...args, ...more }, facts).filter((line) => /^4\d{3}: .*lookup main/.test(line)),
      warnings: wanLink.warn!(parsed, snapshot, () => false),
    };
  };
  const inbound = "4000: from all iif eth1 lookup main suppress_prefixlength 1";
  const inside = ["149.99.251.146", "123.234.1.10"].map(
    (from) => `4100: from ${from} lookup main suppress_prefixlength 1`,
  );
  const old = (kernel: string, version: string, variant: "iproute2" | "busybox" = "iproute2") =>
    routerOf({ capabilities: { ...routerOf().capabilities, kernel, ip: { variant, version } } });

  test("what comes in, and what the router sends, asks the main table first", () => {
    expect(on(routerOf())).toEqual({ rules: [inbound, ...inside], warnings: [] });
  });

  test.each([
    ["kernel 3.2.0-4-486", old("3.2.0-4-486", "ss131122")],
    ["iproute2 ss130903", old("3.16.0", "ss130903")],
    ["iproute2 3.11.0", old("3.16.0", "3.11.0")],
    ["busybox 1.26.2", old("3.16.0", "1.26.2", "busybox")],
  ])("%s cannot pass over a default route: said in the preview", (what, snapshot) => {
    const { rules, warnings } = on(snapshot);
    expect(rules).toEqual(["4000: from all iif eth1 lookup main"]);
    expect(warnings).toEqual([
      `${what} has no suppress_prefixlength: what comes in by eth1 for an address that no host has may leave by the main table's default route, and the router's own replies to networks that are not under lan leave by the link`,
    ]);
  });

  test.each([
    ["iproute2 with a date", old("3.12.0", "ss131122")],
    ["busybox", old("4.9.0", "1.27.0", "busybox")],
  ])("%s can", (_, snapshot) => {
    expect(on(snapshot)).toEqual({ rules: [inbound, ...inside], warnings: [] });
  });

  test("an unreachable default of the main table ends the way of the router's own packets: they go past it", () => {
    const guard = { kind: "route", type: "unreachable", destination: "default", table: 254, onlink: false } as const;
    const routes = (metric: number) => [{ ...guard, metric }];
    expect(on(routerOf({ routes: routes(4278198272) })).rules).toEqual([inbound]);
    expect(on(routerOf({ routes: routes(4278198272) }), { hasDefault: true }).rules).toEqual([inbound, ...inside]);
    const way = { ...guard, type: "unicast", gateway: "149.99.251.145", device: "eth1", metric: 0 } as const;
    expect(on(routerOf({ routes: [...routes(4278198272), way] })).rules).toEqual([inbound, ...inside]);
  });
});

describe("what the router knows", () => {
  const facts = (addresses: string[], snapshot: Snapshot, ours: string[] = []) =>
    wanLink.facts!(
      wanLink.schema.parse({ ...one, addresses }),
      snapshot,
      (line) => line.kind === "address" && ours.includes(line.address),
    );
  const on = (device: string, address: string, scope = "global") =>
    ({ kind: "address", device, address, prefix: 32, dynamic: false, scope }) as const;

  test("the device's own global addresses, neither those declared nor those that are ours nor those of others", () => {
    const { addresses } = routerOf();
    const more = [on("eth1", "123.234.1.10"), on("eth1", "123.234.1.99"), on("eth1", "169.254.0.1", "link")];
    const snapshot = routerOf({ addresses: [...addresses, ...more] });
    expect(facts(["123.234.1.10"], snapshot)).toEqual({ deviceAddresses: ["149.99.251.146", "123.234.1.99"] });
    expect(facts(["123.234.1.10"], snapshot, ["123.234.1.99"])).toEqual({ deviceAddresses: ["149.99.251.146"] });
    // One that it has with its network is published as it is.
    expect(facts(["149.99.251.146"], snapshot)).toEqual({
      there: ["149.99.251.146"],
      deviceAddresses: ["123.234.1.10", "123.234.1.99"],
    });
    expect(shown(wanLink, { ...one, addresses: ["149.99.251.146"] }, { there: ["149.99.251.146"] })).not.toContainEqual(
      expect.stringMatching(/^inet /),
    );
  });
});

describe("faults", () => {
  test.each([0, 16])("linkId %i is not 1 to 15", (linkId) => {
    expect(faults(wanLink, { ...one, linkId })).toEqual(["linkId: must be 1 to 15"]);
  });

  test.each(["eth1 ", "averyverylongname", "-eth1", "eth+", "", "eth/1", "eth1\n"])(
    "device %j is refused",
    (device) => {
      expect(faults(wanLink, { ...one, device })).toEqual([
        "device: must be a network device such as eth1 (letters, digits, _ . : @ -, at most 15)",
      ]);
    },
  );

  test.each(["all", "default"])("%s is the kernel's word for every device", (device) => {
    expect(faults(wanLink, { ...one, device })).toEqual([
      `device: ${device} is the kernel's word for every device; name one`,
    ]);
  });

  test.each(["1wan", "wan one", "", "wän", "wan_one\n"])("link name %j is refused", (link) => {
    expect(faults(wanLink, { ...one, link })).toEqual([
      "link: must be a name such as wan_one (a letter first, then letters, digits, _ or -, at most 31)",
    ]);
  });

  test("an address twice is a fault", () => {
    expect(faults(wanLink, { ...one, addresses: ["123.234.1.10", "123.234.1.10"] })).toEqual([
      "addresses.1: 123.234.1.10 is addresses[0] already",
    ]);
  });

  test("an IPv6 alias and an unknown key", () => {
    expect(faults(wanLink, { ...one, addresses: ["2001:db8::1"], adresses: [] })).toEqual([
      "addresses.0: IPv6 is left untouched for now; give an IPv4 address",
      ': Unrecognized key: "adresses"',
    ]);
  });
});

describe("refusals", () => {
  const withDevice = (fields: object): Snapshot =>
    routerOf({ devices: [{ name: "eth1", up: true, type: "ether", pointToPoint: false, ...fields }] });

  test("a link with a lease", () => {
    const leased = { kind: "address", device: "eth1", address: "149.99.251.146", prefix: 30 } as const;
    const router = routerOf({ addresses: [{ ...leased, dynamic: true, scope: "global" }] });
    expect(refusals(wanLink, one, router)).toEqual([
      "device: eth1 has its address 149.99.251.146 from DHCP; only links with a static address and gateway are supported so far",
    ]);
  });

  test("a PPP link", () => {
    expect(refusals(wanLink, one, withDevice({ type: "ppp" }))).toEqual([
      "device: eth1 is a PPP link; only links with a static gateway are supported so far",
    ]);
  });

  test("a gateway without any address on its device", () => {
    expect(refusals(wanLink, one, routerOf({ addresses: [] }))).toEqual([
      "gateway: gateway 149.99.251.145 is not on-link on eth1, which has no address; correct it, or say onlink: true if the ISP means it so",
    ]);
  });

  test("an address that is on another device", () => {
    const args = { ...one, addresses: ["66.119.160.2", "149.99.251.146"] };
    const mine: AddressLine = { kind: "address", device: "eth2", address: "66.119.160.2", prefix: 24 };
    expect(refusals(wanLink, args, routerOf())).toEqual([
      "addresses.0: 66.119.160.2 is on eth2 already (inet 66.119.160.2/24)",
    ]);
    expect(refusals(wanLink, args, routerOf(), { ours: [mine] })).toEqual([]);
  });
});

describe("two devices in one network", () => {
  const inet = (device: string, address: string, prefix: number) =>
    ({ kind: "address", device, address, prefix, dynamic: false, scope: "global" }) as const;
  const addresses = [inet("eth1", "192.168.0.2", 24), inet("eth2", "192.168.0.3", 24)];
  const on = (change: Partial<Snapshot>, device = "eth2") =>
    wanLink.warn!(wanLink.schema.parse({ ...one, device, gateway: "192.168.0.254" }), routerOf(change), () => false);

  test("are named, with the settings that keep them apart", () => {
    expect(on({ addresses })).toEqual([
      "eth2 and eth1 are in one network: either answers ARP for the addresses of the other, so that packets of one link come in by the other and lose their replies. Set net.ipv4.conf.eth2.arp_ignore = 1 and net.ipv4.conf.eth2.arp_announce = 2, and likewise for eth1, where the router keeps its settings",
    ]);
    expect(on({ addresses, sysctls: new Map([["net.ipv4.conf.eth2.arp_ignore", "1"]]) })[0]).toMatch(
      /Set net\.ipv4\.conf\.eth2\.arp_announce = 2, and/,
    );
  });

  test.each([
    [
      "the settings are made",
      {
        addresses,
        sysctls: new Map([
          ["net.ipv4.conf.all.arp_ignore", "1"],
          ["net.ipv4.conf.eth2.arp_announce", "2"],
        ]),
      },
    ],
    ["it is another network", { addresses: [inet("eth1", "192.168.1.2", 24), inet("eth2", "192.168.0.3", 24)] }],
    ["it is one device", { addresses: [inet("eth2", "192.168.0.2", 24), inet("eth2", "192.168.0.3", 24)] }],
    [
      "the other has a single address of it",
      { addresses: [inet("eth1", "192.168.0.2", 32), inet("eth2", "192.168.0.3", 24)] },
    ],
  ] as [string, Partial<Snapshot>][])("nothing is said where %s", (_, change) => expect(on(change)).toEqual([]));
});
