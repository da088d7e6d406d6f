/** What is not modelled costs the claims that it may touch, and no others. */
import { describe, expect, test } from "@jest/globals";
import { machineOf } from "../../provider/proof/machine.ts";
import { firstPacket, type Packet } from "../../provider/proof/packet.ts";
import { receive } from "../../provider/proof/walk.ts";
import { machineText, partsText } from "./machine-text.ts";

const TWO = `
  inet 172.16.1.1/24 scope global eth0
  inet 10.91.0.2/24 scope global eth1
  inet 10.92.0.2/24 scope global eth2
  default via 10.91.0.1 dev eth1
  default via 10.92.0.1 dev eth2 table 102`;

const OUT = { source: "172.16.1.50", sourcePort: 20_000, destination: "198.51.100.20", destinationPort: 80 };
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
    ["a word that is not modelled, for others", "100: from 10.0.0.0/8 tos 0x10 lookup 102", "eth1"],
    ["and for all", "100: from all tos 0x10 lookup 102", "unknown"],
  ])("%s", (_, rules, expected) => expect(way(rules)).toBe(expected));

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
    const chains = new Map([["FORWARD", { policy: "ACCEPT", rules: [rule] }]]);
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
