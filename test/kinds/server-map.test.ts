import { describe, expect, test } from "@jest/globals";
import { formatFragment } from "../../provider/dialects/fragment.ts";
import { readRule, ruleText } from "../../provider/dialects/iptables/packet-rule.ts";
import { serverMap } from "../../provider/kinds/server-map.ts";
import type { Line } from "../../provider/model/line.ts";
import { desiredOf, faults, refusals, routerOf, shown } from "./routers.ts";

const at = (address: string, port: number | string, server: string, more: object = {}) => ({
  address,
  port,
  server,
  ...more,
});
const [server1, server2, server3] = ["172.16.1.131", "172.16.1.130", "172.16.1.140"];

/** The seed's five doors (one of them with two ports). */
const entries = [
  at("123.234.1.11", 1494, server1),
  at("123.234.1.12", 25, server2),
  at("123.234.1.12", 80, server2),
  at("123.234.1.13", 80, server3),
  at("216.111.1.11", 1494, server1),
  at("216.111.1.12", 25, server2),
];

test("the seed's server map: by external address, then by port", () => {
  expect(shown(serverMap, { map: "site", entries })).toEqual([
    "-t nat -N mw-site-dnat",
    "-t nat -A mw-site-dnat -d 123.234.1.11/32 -p tcp -m tcp --dport 1494 -j DNAT --to-destination 172.16.1.131",
    "-t nat -A mw-site-dnat -d 123.234.1.12/32 -j mw-fbaed-123.234.1.12",
    "-t nat -A mw-site-dnat -d 123.234.1.13/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 172.16.1.140",
    "-t nat -A mw-site-dnat -d 216.111.1.11/32 -p tcp -m tcp --dport 1494 -j DNAT --to-destination 172.16.1.131",
    "-t nat -A mw-site-dnat -d 216.111.1.12/32 -p tcp -m tcp --dport 25 -j DNAT --to-destination 172.16.1.130",
    "-t nat -N mw-fbaed-123.234.1.12",
    "-t nat -A mw-fbaed-123.234.1.12 -p tcp -m tcp --dport 25 -j DNAT --to-destination 172.16.1.130",
    "-t nat -A mw-fbaed-123.234.1.12 -p tcp -m tcp --dport 80 -j DNAT --to-destination 172.16.1.130",
    "-t nat -A PREROUTING -j mw-site-dnat",
  ]);
});

test("a range keeps its ports, a port may become another, udp is another door than tcp", () => {
  const doors = [
    at("123.234.1.11", "5000-5010", server1, { protocol: "udp" }),
    at("123.234.1.12", 8080, server2, { serverPort: 80 }),
    at("123.234.1.13", 53, server3, { serverPort: 53, protocol: "udp" }),
  ];
  expect(shown(serverMap, { map: "site", entries: doors }).slice(1, -1)).toEqual([
    "-t nat -A mw-site-dnat -d 123.234.1.11/32 -p udp -m udp --dport 5000:5010 -j DNAT --to-destination 172.16.1.131",
    "-t nat -A mw-site-dnat -d 123.234.1.12/32 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.16.1.130:80",
    "-t nat -A mw-site-dnat -d 123.234.1.13/32 -p udp -m udp --dport 53 -j DNAT --to-destination 172.16.1.140",
  ]);
});

test("out: hairpin first, then per link the servers' own addresses, then the rest of the network", () => {
  const args = {
    map: "site",
    entries: entries.slice(0, 1),
    outgoing: [
      { server: server1, device: "eth2", address: "216.111.1.11" },
      { server: server1, device: "eth1", address: "123.234.1.11" },
    ],
    masquerade: [
      { network: "172.16.1.0/24", device: "eth1", address: "123.234.1.10" },
      { network: "172.16.1.0/24", device: "eth2" },
    ],
    hairpin: [{ network: "172.16.1.0/24", device: "eth0" }],
  };
  expect(shown(serverMap, args).slice(3)).toEqual([
    "-t nat -N mw-site-snat",
    "-t nat -A mw-site-snat -s 172.16.1.0/24 -d 172.16.1.0/24 -o eth0 -m conntrack --ctstate DNAT -j MASQUERADE",
    "-t nat -A mw-site-snat -o eth1 -j mw-site-snat-eth1",
    "-t nat -A mw-site-snat -o eth2 -j mw-site-snat-eth2",
    "-t nat -N mw-site-snat-eth1",
    "-t nat -A mw-site-snat-eth1 -s 172.16.1.131/32 -j SNAT --to-source 123.234.1.11",
    "-t nat -A mw-site-snat-eth1 -s 172.16.1.0/24 -j SNAT --to-source 123.234.1.10",
    "-t nat -N mw-site-snat-eth2",
    "-t nat -A mw-site-snat-eth2 -s 172.16.1.131/32 -j SNAT --to-source 216.111.1.11",
    "-t nat -A mw-site-snat-eth2 -s 172.16.1.0/24 -j MASQUERADE",
    "-t nat -A POSTROUTING -j mw-site-snat",
  ]);
});

test("forward accepts what came through a door, at the server's own port, each door once", () => {
  const doors = [
    at("123.234.1.12", 8080, server2, { serverPort: 80 }),
    at("216.111.1.12", 80, server2),
    at("123.234.1.11", "5000-5010", server1, { protocol: "udp" }),
  ];
  const lines = shown(serverMap, { map: "site", entries: doors, forward: true });
  expect(lines.slice(lines.indexOf("-t filter -N mw-site-fwd"))).toEqual([
    "-t filter -N mw-site-fwd",
    "-t filter -A mw-site-fwd -m conntrack ! --ctstate DNAT -j RETURN",
    "-t filter -A mw-site-fwd -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    "-t filter -A mw-site-fwd -d 172.16.1.130/32 -p tcp -m tcp --dport 80 -j ACCEPT",
    "-t filter -A mw-site-fwd -d 172.16.1.131/32 -p udp -m udp --dport 5000:5010 -j ACCEPT",
    "-t filter -A FORWARD -j mw-site-fwd",
  ]);
});

test("a server's own traffic carries the first address that it is given on a device", () => {
  const outgoing = ["123.234.1.12", "123.234.1.11"].map((address) => ({ server: server1, device: "eth1", address }));
  expect(shown(serverMap, { map: "site", entries: [], outgoing })[3]).toBe(
    "-t nat -A mw-site-snat-eth1 -s 172.16.1.131/32 -j SNAT --to-source 123.234.1.12",
  );
});

test("nothing published and nothing sent out is no line at all", () => {
  expect(desiredOf(serverMap, { map: "site", entries: [], forward: true, hairpin: [] })).toEqual([]);
});

test("the order in which doors and devices are given does not show", () => {
  const outgoing = ["eth2", "eth1"].map((device, i) => ({ server: server1, device, address: `10.0.0.${i}` }));
  const text = (reversed: boolean) => {
    const turned = <T>(list: readonly T[]) => (reversed ? list.toReversed() : list);
    return formatFragment(
      desiredOf(serverMap, { map: "site", entries: turned(entries), outgoing: turned(outgoing), forward: true }),
    );
  };
  expect(text(true)).toBe(text(false));
});

test("a device more does not rename the chains of another", () => {
  const outgoing = Array.from({ length: 40 }, (_, i) => ({
    ...{ server: `172.16.1.${i + 1}`, device: "eth2", address: "216.111.1.11" },
  }));
  const more = { server: "172.16.1.9", device: "eth1", address: "123.234.1.11" };
  const before = shown(serverMap, { map: "site", entries: [], outgoing });
  const after = shown(serverMap, { map: "site", entries: [], outgoing: [more, ...outgoing] });
  expect(before.filter((line) => !after.includes(line))).toEqual([]);
});

describe("faults", () => {
  const of = (...doors: object[]) => faults(serverMap, { map: "site", entries: doors });

  test("one door twice, overlapping ranges included", () => {
    const same = "is published by entries[0] already";
    expect(of(entries[0]!, { ...entries[0], server: server2 })).toEqual([`entries.1: 123.234.1.11 tcp 1494 ${same}`]);
    const range = at("123.234.1.11", "100-200", server1);
    expect(of(range, { ...range, port: "200-300" })).toEqual([`entries.1: 123.234.1.11 tcp 200-300 ${same}`]);
    expect(of(range, { ...range, port: 150 })).toEqual([`entries.1: 123.234.1.11 tcp 150 ${same}`]);
    expect(of(range, { ...range, port: 201 }, { ...range, protocol: "udp" })).toEqual([]);
  });

  test.each([
    [0, "must be 1 to 65535"],
    [65536, "must be 1 to 65535"],
    ["80-", "must be a port such as 25 or a range such as 5000-5010"],
    ["http", "must be a port such as 25 or a range such as 5000-5010"],
    ["10-5", "10-5 is not a range of ports within 1 to 65535"],
    ["5-5", "5-5 is not a range of ports within 1 to 65535"],
    ["0-5", "0-5 is not a range of ports within 1 to 65535"],
    ["5-65536", "5-65536 is not a range of ports within 1 to 65535"],
  ])("port %j", (port, message) => {
    expect(of(at("123.234.1.11", port, server1))).toEqual([`entries.0.port: ${message}`]);
  });

  test("a range with a serverPort, a protocol without ports, IPv6, an unknown key", () => {
    expect(of(at("123.234.1.11", "1-9", server1, { serverPort: 5 }))).toEqual([
      "entries.0.serverPort: a range keeps its ports",
    ]);
    expect(of(at("123.234.1.11", 5, server1, { protocol: "icmp" }))).toEqual([
      'entries.0.protocol: Invalid option: expected one of "tcp"|"udp"',
    ]);
    expect(of(at("::1", 5, server1, { to: 1 }))).toEqual([
      "entries.0.address: IPv6 is left untouched for now; give an IPv4 address",
      'entries.0: Unrecognized key: "to"',
    ]);
  });
});

test("devices that are not there are refused where they are named", () => {
  const [network, device] = ["172.16.1.0/24", "eth9"];
  const args = {
    ...{ map: "site", entries, masquerade: [{ network, device }], hairpin: [{ network, device }] },
    outgoing: [{ server: server1, device, address: "123.234.1.11" }],
  };
  const message = "the router has no device eth9; it has eth0, eth1, eth2, eth0.100";
  expect(refusals(serverMap, args, routerOf())).toEqual([
    `outgoing.0.device: ${message}`,
    `masquerade.0.device: ${message}`,
    `hairpin.0.device: ${message}`,
  ]);
});

describe("translations of others that come behind the managed one", () => {
  const masquerade = [
    { network: "172.16.1.0/24", device: "eth1", address: "123.234.1.10" },
    { network: "172.16.1.0/24", device: "eth2" },
  ];
  const said = (...rules: string[]) => {
    const chains = new Map([["POSTROUTING", { policy: "ACCEPT", rules: rules.map(readRule) }]]);
    const isOurs = (line: Line) => line.kind === "hook" && ruleText(line.rule) === "-j mw-site-snat";
    const args = serverMap.schema.parse({ map: "site", entries: [], masquerade });
    return serverMap.warn!(args, routerOf({ iptables: { nat: { chains } } }), isOurs);
  };

  test.each([
    ["an exemption", '-s 172.16.1.0/24 -d 10.50.0.0/16 -m comment --comment "site to site" -j ACCEPT'],
    ["an exemption for everybody", "-d 10.50.0.0/16 -j RETURN"],
    ["a host's own address", "-s 172.16.1.99/32 -o eth1 -j SNAT --to-source 123.234.1.9"],
    ["another address for all", "-o eth1 -j SNAT --to-source 123.234.1.9"],
    ["a mapped network", "-s 172.16.1.0/24 -d 10.50.0.0/16 -j NETMAP --to 10.99.1.0/24"],
  ])("%s is named", (_, rule) => {
    expect(said(rule)).toEqual([
      `"-t nat -A POSTROUTING ${rule}" loses its effect: what leaves 172.16.1.0/24 by eth1 is translated by this stack before it comes there. masquerade: false, for the site or for that network of lan, leaves it to the rules of others`,
    ]);
    expect(said("-j mw-site-snat", rule)).toHaveLength(1);
    expect(said(rule, "-j mw-site-snat")).toEqual([]);
  });

  test.each([
    ["the same for all", "-o eth1 -j MASQUERADE"],
    ["the same address", "-s 172.16.1.0/24 -o eth1 -j SNAT --to-source 123.234.1.10"],
    ["another network", "-s 10.8.0.0/24 -d 10.50.0.0/16 -j ACCEPT"],
    ["another device", "-s 172.16.1.0/24 -o tun0 -j ACCEPT"],
    ["a chain of others", "-j POSTROUTING_direct"],
    ["one that nobody understands", "-j ACCEPT -j ACCEPT"],
  ])("%s is not", (_, rule) => expect(said(rule)).toEqual([]));
});
