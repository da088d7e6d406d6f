/** What is not modelled costs the claims that it may touch, and no others. */

import { describe, expect, test } from "@jest/globals";
import { parseDevices } from "../../provider/dialects/iproute2/device.ts";
import { trafficThreats } from "../../provider/dialects/iproute2/tc-filter.ts";
import { xfrmThreats } from "../../provider/dialects/iproute2/xfrm-policy.ts";
import { readRule } from "../../provider/dialects/iptables/packet-rule.ts";
import { machineOf } from "../../provider/walk/machine.ts";
import { firstPacket, type Packet } from "../../provider/walk/packet.ts";
import { receive } from "../../provider/walk/walk.ts";
import { machineText, partsText } from "../proof/machine-text.ts";
import { TWO as LINKS, OUT } from "./two-links.ts";

const TWO = `${LINKS}
  default via 10.92.0.1 dev eth2 table 102`;

const packet = (change: Partial<Packet> = {}) => ({ ...firstPacket("tcp", OUT), ...change });

function way(text: string, change: Partial<Packet> = {}, inDevice = "eth0"): string {
  const { end } = receive(machineText(`${TWO}\n${text}`), packet(change), inDevice);
  return end.kind === "sent" ? end.device : end.kind;
}

describe("policy rules", () => {
  test.each([
    ["goto", "100: from all goto 300\n 200: from all lookup 102\n 300: from all lookup main", "eth1"],
    [
      "goto a rule that does not fit",
      "100: from all goto 300\n 200: from all lookup 102\n 300: from 10.0.0.0/8 blackhole",
      "eth1",
    ],
    ["goto nowhere", "100: from all goto 300 [unresolved]\n 200: from all lookup 102", "eth2"],
    ["what is forwarded is root's", "100: from all uidrange 0-0 lookup 102", "eth2"],
    ["and nobody else's", "100: from all uidrange 1000-2000 lookup 102", "eth1"],
    ["a VRF's, and no device is in one", "100: from all lookup [l3mdev-table]", "eth1"],
    ["for packets with another TOS", "100: from all tos 0x10 lookup 102", "eth1"],
    ["for packets that get one hop", "-t mangle -A PREROUTING -j TTL --ttl-set 1", "unknown"],
    ["for packets that get hops enough", "-t mangle -A PREROUTING -j TTL --ttl-set 64", "eth1"],
    ["for packets whose TOS nobody writes", "-t mangle -A PREROUTING -j TOS --set-tos 0x10/0x3f", "eth1"],
    [
      "for a TOS that a rule writes",
      "100: from all tos 0x10 lookup 102\n -t mangle -A PREROUTING -j TOS --set-tos 0x10/0x3f",
      "unknown",
    ],
    [
      "for a TOS that is written behind the last look-up",
      "100: from all tos 0x10 lookup 102\n -t mangle -A POSTROUTING -j TOS --set-tos 0x10/0x3f",
      "eth1",
    ],
    ["a word that is not modelled, for others", "100: from 10.0.0.0/8 tun_id 7 lookup 102", "eth1"],
    ["and for all", "100: from all tun_id 7 lookup 102", "unknown"],
  ])("%s", (_, rules, expected) => expect(way(rules)).toBe(expected));

  test("a rule and a route for a TOS take the packets that have it", () => {
    expect(way("100: from all tos 0x10 lookup 102", { tos: 0x10 })).toBe("eth2");
    expect(way("198.51.100.0/24 via 10.92.0.1 dev eth2 tos 0x10", { tos: 0x10 })).toBe("eth2");
    expect(way("198.51.100.0/24 via 10.92.0.1 dev eth2 tos 0x10")).toBe("eth1");
  });

  test.each([
    ["its networks", "from 10.0.0.0/8 strange word", "eth1"],
    ["its device", "from all iif eth7 strange word", "eth1"],
    ["nothing", "from all strange word", "unknown"],
    ["a negation", "not from 10.0.0.0/8 strange word", "unknown"],
  ])("of a rule that is not understood: %s", (_, unknown, expected) => {
    const parts = partsText(TWO);
    const rules = [...parts.rules, { kind: "rule", priority: 100, from: "all", unknown } as const];
    const { end } = receive(machineOf({ ...parts, rules }), packet(), "eth0");
    expect(end.kind === "sent" ? end.device : end.kind).toBe(expected);
  });
});

describe("rules of iptables that are not understood", () => {
  test.each([
    ["its addresses", "-d 203.0.113.0/24 -i eth0 -m strange --word -j DROP -j DROP", "eth1"],
    ["its device", "-i eth7 -j DROP -j DROP", "eth1"],
    ["its protocol", "-p udp -j DROP -j DROP", "eth1"],
    ["nothing", "-j DROP -j DROP", "unknown"],
  ])("%s", (_, rule, expected) => {
    const parts = partsText(TWO);
    const chains = new Map([["FORWARD", { policy: "ACCEPT", rules: [readRule(rule)] }]]);
    const { end } = receive(machineOf({ ...parts, iptables: { filter: { chains } } }), packet(), "eth0");
    expect(end.kind === "sent" ? end.device : end.kind).toBe(expected);
  });
});

describe("routes that are not understood", () => {
  test.each([
    ["for another network", "203.0.113.0/24 strange dev eth1", "eth1"],
    ["in a table that is not asked", "198.51.100.0/24 strange dev eth1 table 102", "eth1"],
    ["for the network", "198.51.100.0/24 strange dev eth1", "unknown"],
    ["for everything", "default strange dev eth1", "unknown"],
    ["for who knows what", "strange dev eth1", "unknown"],
  ])("%s", (_, text, expected) => {
    const { end } = receive(machineOf({ ...partsText(TWO), unknown: [{ by: "ip route", text }] }), packet(), "eth0");
    expect(end.kind === "sent" ? end.device : end.kind).toBe(expected);
  });
});

describe("beside chains, rules and routes", () => {
  const POLICIES = `src 172.16.1.0/24 dst 198.51.100.0/24 
	dir out priority 0 ptype main 
	tmpl src 10.91.0.2 dst 5.6.7.8
		proto esp reqid 0 mode tunnel
src 0.0.0.0/0 dst 203.0.113.0/24 
	dir out action block priority 0 ptype main 
src 192.0.2.0/24 dst 0.0.0.0/0 proto tcp dport 80 
	dir fwd priority 0 ptype main 
	tmpl src 5.6.7.8 dst 10.91.0.2
		proto esp reqid 0 mode tunnel
src 0.0.0.0/0 dst 192.0.2.0/24 
	dir out priority 9 ptype main 
src 0.0.0.0/0 dst 0.0.0.0/0 
	dir out priority 9 ptype main 
	tmpl src 0.0.0.0 dst 0.0.0.0
		proto esp reqid 0 mode tunnel
	if_id 0x1
src 0.0.0.0/0 dst 0.0.0.0/0 
	dir out priority 9 ptype main 
	mark 0x2a/0xffffffff 
	tmpl src 0.0.0.0 dst 0.0.0.0
		proto esp reqid 0 mode tunnel
src 0.0.0.0/0 dst 0.0.0.0/0 
	socket out priority 0 ptype main 
`;

  test.each([
    [
      "what is encrypted",
      { destination: "198.51.100.20" },
      'the policy "src 172.16.1.0/24 dst 198.51.100.0/24 dir out" of ip xfrm is not modelled',
    ],
    [
      "what is blocked",
      { destination: "203.0.113.9" },
      'the policy "src 0.0.0.0/0 dst 203.0.113.0/24 dir out" of ip xfrm is not modelled',
    ],
    [
      "what has to have been encrypted",
      { source: "192.0.2.9", destination: "172.16.1.50" },
      'the policy "src 192.0.2.0/24 dst 0.0.0.0/0 proto tcp dport 80 dir fwd" of ip xfrm is not modelled',
    ],
    ["another port", { source: "192.0.2.9", destination: "172.16.1.50", destinationPort: 81 }, undefined],
    ["what lets pass, and what is for a device or a mark of its own", { destination: "192.0.2.9" }, undefined],
  ] as [string, Partial<Packet>, string | undefined][])("IPsec: %s", (_, change, why) => {
    const machine = machineOf({ ...partsText(TWO), xfrm: xfrmThreats(POLICIES) });
    const { end } = receive(machine, packet(change), change.source === undefined ? "eth0" : "eth1");
    expect("why" in end ? end.why : undefined).toBe(why);
  });

  const FILTERS = `#= eth1 ingress
filter parent ffff: protocol ip pref 49152 u32 chain 0 
filter parent ffff: protocol ip pref 49152 u32 chain 0 fh 800: ht divisor 1 
filter parent ffff: protocol ip pref 49152 u32 chain 0 fh 800::800 order 2048 key ht 800 bkt 0 terminal flowid not_in_hw 
  match 00000000/00000000 at 0
	action order 1: mirred (Egress Redirect to device ifb0) stolen
	index 1 ref 1 bind 1

#= eth2 ingress
filter protocol all pref 49152 matchall chain 0 handle 0x1 
	action order 1: gact action drop
	 random type none pass val 0
	 index 1 ref 1 bind 1
#= eth2 egress
filter protocol all pref 49152 bpf chain 0 handle 0x1 x.o:[classifier] direct-action not_in_hw id 23 
#= eth0 ingress
`;

  test.each([
    [
      "in by a device that drops",
      "eth2",
      "10.91.0.9",
      'the filter "gact action drop" of tc on the ingress of eth2 is not modelled',
    ],
    [
      "out by a device with a program",
      "eth0",
      "10.92.0.9",
      'the filter "filter protocol all pref 49152 bpf chain 0 handle 0x1 x.o:[classifier] direct-action not_in_hw id 23" of tc on the egress of eth2 is not modelled',
    ],
    ["shaping by an ifb device is no matter", "eth1", "172.16.1.50", undefined],
  ])("traffic control: %s", (_, inDevice, destination, why) => {
    const machine = machineOf({ ...partsText(TWO), traffic: trafficThreats(FILTERS) });
    const { end } = receive(machine, packet({ source: "192.0.2.7", destination }), inDevice);
    expect("why" in end ? end.why : undefined).toBe(why);
  });

  const HEAD = (name: string, flags: string, state: string) =>
    `7: ${name}: <${flags}> ${state}\n    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff\n`;
  test.each([
    ["down", HEAD("eth1", "BROADCAST,MULTICAST", "mtu 1500 qdisc noop state DOWN"), "eth1 is down"],
    [
      "without a carrier",
      HEAD("eth1", "NO-CARRIER,BROADCAST,MULTICAST,UP", "mtu 1500 qdisc mq state DOWN"),
      "eth1 has no carrier",
    ],
    ["another one", HEAD("eth2", "NO-CARRIER,BROADCAST,MULTICAST,UP", "mtu 1500 qdisc mq state DOWN"), undefined],
    [
      "with a program of XDP that sees what comes in",
      HEAD("eth0", "UP,LOWER_UP", "mtu 1500 xdpgeneric/id:7 qdisc mq state UP"),
      "the XDP program of eth0 is not modelled",
    ],
    ["with one that sees none of it", HEAD("eth1", "UP,LOWER_UP", "mtu 1500 xdp qdisc mq state UP"), undefined],
    ["in a bridge", HEAD("eth1", "UP,LOWER_UP", "mtu 1500 qdisc mq master br0 state UP"), undefined],
  ])("a device %s", (_, text, why) => {
    const machine = machineOf({ ...partsText(TWO), devices: parseDevices(text).devices });
    const { end } = receive(machine, packet(), "eth0");
    expect("why" in end ? end.why : undefined).toBe(why);
  });

  test("a device in one network with another, unless ARP is told apart", () => {
    const { devices } = parseDevices(HEAD("eth0", "UP,LOWER_UP", "mtu 1500 qdisc mq state UP"));
    const why = (text: string) => {
      const { end } = receive(machineOf({ ...partsText(`${TWO}\n${text}`), devices }), packet(), "eth0");
      return "why" in end ? end.why : undefined;
    };
    const second = "inet 172.16.1.2/24 scope global eth5";
    const told = "net.ipv4.conf.all.arp_ignore = 1\n net.ipv4.conf.all.arp_announce = 2";
    expect(why(second)).toBe("eth0 is in one network with eth5, and either may get the packets of the other");
    expect([why(""), why(`${second}\n${told}`), why("inet 172.16.1.2/32 scope global eth5")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("a device in a VRF, where the router has one", () => {
    const { devices } = parseDevices(HEAD("eth1", "UP,LOWER_UP", "mtu 1500 qdisc mq master blue state UP"));
    const vrf = partsText(`${TWO}\n 1000: from all lookup [l3mdev-table]`);
    const { end } = receive(machineOf({ ...vrf, devices }), packet(), "eth0");
    expect("why" in end ? end.why : undefined).toBe("eth1 may be in the VRF blue, which is not modelled");
    const elsewhere = { ...devices[0]!, name: "eth2" };
    expect(receive(machineOf({ ...vrf, devices: [elsewhere] }), packet(), "eth0").end.kind).toBe("sent");
  });
});
