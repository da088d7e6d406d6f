/** The rules of the kernel that the walk follows, one by one, as small cases. What a whole router does is asked of the kernel itself. */
import { describe, expect, test } from "@jest/globals";
import { answerTo, firstPacket, laterPacket, type Packet } from "../../provider/walk/packet.ts";
import { receive, send } from "../../provider/walk/walk.ts";
import { machineText } from "../proof/machine-text.ts";

const TWO = `
  inet 172.16.1.1/24 scope global eth0
  inet 10.91.0.2/24 scope global eth1
  inet 10.92.0.2/24 scope global eth2
  default via 10.91.0.1 dev eth1`;
const TABLE = `
  default via 10.92.0.1 dev eth2 table 102
  172.16.1.0/24 dev eth0 table 102`;

const OUT = { source: "172.16.1.50", sourcePort: 20_000, destination: "198.51.100.20", destinationPort: 80 };
const IN = { source: "198.51.100.20", sourcePort: 20_000, destination: "172.16.1.131", destinationPort: 80 };

/** `eth1 10.91.0.1`, `delivered`, `dropped`, `unknown`. */
function way(text: string, packet: Packet = firstPacket("tcp", OUT), inDevice = "eth0"): string {
  const { end } = receive(machineText(`${TWO}\n${text}`), packet, inDevice);
  return end.kind === "sent" ? `${end.device} ${end.nextHop}` : end.kind;
}

describe("policy rules and tables", () => {
  test.each([
    ["the lowest priority first", "100: from all lookup 102\n 50: from all unreachable", "dropped"],
    [
      "of one priority in their order",
      "100: from 172.16.1.50 lookup 102\n 100: from all unreachable",
      "eth2 10.92.0.1",
    ],
    ["from", "100: from 172.16.1.0/24 lookup 102", "eth2 10.92.0.1"],
    ["from another", "100: from 172.16.2.0/24 lookup 102", "eth1 10.91.0.1"],
    ["to", "100: from all to 198.51.100.0/24 lookup 102", "eth2 10.92.0.1"],
    ["iif", "100: from all iif eth0 lookup 102", "eth2 10.92.0.1"],
    ["iif of another", "100: from all iif eth1 lookup 102", "eth1 10.91.0.1"],
    ["not", "100: not from all iif eth1 lookup 102", "eth2 10.92.0.1"],
    ["a mark that is not there", "100: from all fwmark 0x1/0x1 lookup 102", "eth1 10.91.0.1"],
    ["mark 0 under a mask", "100: from all fwmark 0/0xff lookup 102", "eth2 10.92.0.1"],
    ["an empty table leads on", "100: from all lookup 77", "eth1 10.91.0.1"],
    ["suppressed", "100: from all lookup 102 suppress_prefixlength 0", "eth1 10.91.0.1"],
    [
      "not suppressed",
      "198.51.100.0/24 via 10.92.0.9 dev eth2\n 100: from all lookup main suppress_prefixlength 0\n 101: from all blackhole",
      "eth2 10.92.0.9",
    ],
    [
      "the longest prefix",
      "198.51.100.0/24 via 10.92.0.9 dev eth2\n 198.51.100.20/32 via 10.92.0.8 dev eth2",
      "eth2 10.92.0.8",
    ],
    [
      "the lowest metric",
      "198.51.100.0/24 via 10.92.0.9 dev eth2 metric 5\n 198.51.100.0/24 via 10.92.0.8 dev eth2 metric 4",
      "eth2 10.92.0.8",
    ],
    [
      "throw",
      "100: from all lookup 103\n throw 198.51.100.0/24 table 103\n default via 10.92.0.1 dev eth2 table 103",
      "eth1 10.91.0.1",
    ],
    ["unreachable", "100: from all lookup 103\n unreachable default table 103", "dropped"],
    ["blackhole", "blackhole 198.51.100.0/24", "dropped"],
    [
      "multipath",
      "198.51.100.0/24 nexthop via 10.91.0.1 dev eth1 weight 1 nexthop via 10.92.0.1 dev eth2 weight 1",
      "unknown",
    ],
    ["a word that is not modelled", "100: from all tun_id 7 lookup 102", "unknown"],
    ["no forwarding", "net.ipv4.ip_forward = 0", "dropped"],
    ["none of what comes in by the device", "net.ipv4.conf.eth0.forwarding = 0", "dropped"],
    ["none of what comes in by another", "net.ipv4.conf.eth1.forwarding = 0", "eth1 10.91.0.1"],
  ])("%s", (_, text, expected) => {
    expect(way(`${TABLE}\n${text}`)).toBe(expected);
  });
});

/** Rows of the failure modes of marks and reverse path filters: a packet of ISP 2, which the default does not lead to. */
describe("reverse path filter", () => {
  const MARK =
    "-t mangle -A PREROUTING -i eth2 -j MARK --set-xmark 0x2/0xff\n 100: from all fwmark 0x2/0xff lookup 102";
  const filter = (of: string, value: number) => `net.ipv4.conf.${of}.rp_filter = ${value}`;
  const VALID = "net.ipv4.conf.all.src_valid_mark = 1";
  const arrives = (text: string) => way(`${TABLE}\n${text}`, firstPacket("tcp", IN), "eth2");

  test.each([
    [
      "1: with a mark, and no LAN in its table, it goes out again",
      `100: from all fwmark 0x2/0xff lookup 103\n default via 10.92.0.1 dev eth2 table 103\n -t mangle -A PREROUTING -i eth2 -j MARK --set-xmark 0x2/0xff`,
      "eth2 10.92.0.1",
    ],
    ["1: with the LAN there it does not", MARK, "eth0 172.16.1.131"],
    ["2: strict, and the mark does not count", `${MARK}\n${filter("eth2", 1)}`, "dropped"],
    ["2: strict, and it counts", `${MARK}\n${filter("eth2", 1)}\n${VALID}`, "eth0 172.16.1.131"],
    [
      "3: strict, it counts, and the packet has none",
      `${filter("eth2", 1)}\n${VALID}\n 100: from all fwmark 0x2/0xff lookup 102`,
      "dropped",
    ],
    ["5: all = 1 beats eth2 = 0", `${MARK}\n${filter("all", 1)}`, "dropped"],
    ["5: all = 2 loosens eth2 = 1", `${MARK}\n${filter("eth2", 1)}\n${filter("all", 2)}`, "eth0 172.16.1.131"],
    ["loose", `${MARK}\n${filter("eth2", 2)}`, "eth0 172.16.1.131"],
    ["none", MARK, "eth0 172.16.1.131"],
    ["loose with no way back at all", `${filter("eth2", 2)}\n unreachable 198.51.100.0/24`, "dropped"],
    ["none with no way back at all", `unreachable 198.51.100.0/24`, "eth0 172.16.1.131"],
  ])("%s", (_, text, expected) => {
    expect(arrives(text)).toBe(expected);
  });

  test("4: a reply of the LAN with the mark of a table that has no LAN fails on the LAN's own device", () => {
    const restored = (svm: string) => `
      default via 10.92.0.1 dev eth2 table 103
      100: from all fwmark 0x2/0xff lookup 103
      -t mangle -A PREROUTING -i eth0 -j MARK --set-xmark 0x2/0xff
      ${filter("eth0", 1)}
      ${svm}`;
    expect([way(restored(VALID)), way(restored(""))]).toEqual(["dropped", "eth2 10.92.0.1"]);
  });

  test("a source that is the router's own is none", () => {
    expect(way("", firstPacket("tcp", { ...IN, source: "10.91.0.2" }), "eth2")).toBe("dropped");
  });

  test.each([
    ["6: a reply of the router itself leaves by the default", "", "eth1"],
    [
      "6: with the mark restored by its link",
      "-t mangle -A OUTPUT -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff",
      "eth2",
    ],
    ["6: by a rule for its address as well", "90: from 10.92.0.2 lookup 102", "eth2"],
  ])("%s", (_, text, device) => {
    const machine = machineText(`${TWO}${TABLE}
      100: from all fwmark 0x2/0xff lookup 102
      -t mangle -A PREROUTING -i eth2 -j CONNMARK --set-xmark 0x2/0xff
      ${text}`);
    const request = receive(machine, firstPacket("tcp", { ...IN, destination: "10.92.0.2" }), "eth2");
    expect(request.end.kind).toBe("delivered");
    expect(send(machine, answerTo(request.packet), request.tracked).end).toMatchObject({ device });
  });

  test("8: a mark in OUTPUT comes too late for the source address", () => {
    const machine = machineText(`${TWO}${TABLE}
      100: from all fwmark 0x2/0xff lookup 102
      -t mangle -A OUTPUT -j MARK --set-xmark 0x2/0xff`);
    const sent = send(machine, firstPacket("tcp", { ...OUT, source: "10.91.0.2" }));
    expect(sent).toMatchObject({ end: { device: "eth2" }, packet: { source: "10.91.0.2" } });
  });
});

describe("chains", () => {
  const chains = (text: string) => way(`${text}`);
  test.each([
    ["a policy", "-t filter -P FORWARD DROP", "dropped"],
    ["ACCEPT before a policy", "-t filter -A FORWARD -j ACCEPT\n -t filter -P FORWARD DROP", "eth1 10.91.0.1"],
    [
      "RETURN in a built-in chain is its policy",
      "-t filter -A FORWARD -j RETURN\n -t filter -A FORWARD -j ACCEPT\n -t filter -P FORWARD DROP",
      "dropped",
    ],
    [
      "RETURN in a chain of a user goes on behind the jump",
      "-t filter -N U\n -t filter -A U -j RETURN\n -t filter -A U -j DROP\n -t filter -A FORWARD -j U\n -t filter -A FORWARD -j ACCEPT\n -t filter -P FORWARD DROP",
      "eth1 10.91.0.1",
    ],
    [
      "the end of a chain as well",
      "-t filter -N U\n -t filter -A FORWARD -j U\n -t filter -A FORWARD -j DROP",
      "dropped",
    ],
    [
      "not behind a goto",
      "-t filter -N U\n -t filter -A FORWARD -g U\n -t filter -A FORWARD -j DROP",
      "eth1 10.91.0.1",
    ],
    [
      "a goto in a called chain goes on behind the call",
      "-t filter -N V\n -t filter -N U\n -t filter -A U -g V\n -t filter -A U -j ACCEPT\n -t filter -A FORWARD -j U\n -t filter -A FORWARD -j DROP",
      "dropped",
    ],
    ["ACCEPT in mangle is none in filter", "-t mangle -A FORWARD -j ACCEPT\n -t filter -A FORWARD -j DROP", "dropped"],
    [
      "a target that is not modelled",
      "-t mangle -A FORWARD -j TPROXY --on-port 1 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0",
      "unknown",
    ],
    [
      "a match that is not, where another does not fit",
      "-t filter -A FORWARD -o eth2 -m recent --set --name x --mask 255.255.255.255 --rsource -j DROP",
      "eth1 10.91.0.1",
    ],
    [
      "a match that is not, where it decides",
      "-t filter -A FORWARD -m recent --set --name x --mask 255.255.255.255 --rsource -j DROP",
      "unknown",
    ],
  ])("%s", (_, text, expected) => {
    expect(chains(text)).toBe(expected);
  });
});

describe("marks", () => {
  const after = (rules: readonly string[]) => {
    const lines = rules.map((rule) => `-t mangle -A PREROUTING ${rule}`).join("\n");
    const { packet, tracked } = receive(machineText(`${TWO}\n${lines}`), firstPacket("tcp", OUT), "eth0");
    return [packet.mark, tracked.mark].map((mark) => `0x${mark.toString(16)}`).join(" ");
  };
  test.each([
    ["set", ["-j MARK --set-xmark 0x80000000/0xffffffff"], "0x80000000 0x0"],
    [
      "set under a mask leaves the rest",
      ["-j MARK --set-xmark 0x80001/0xffffffff", "-j MARK --set-xmark 0x2/0xff"],
      "0x80002 0x0",
    ],
    [
      "a value outside of its mask is XORed",
      ["-j MARK --set-xmark 0x3/0xffffffff", "-j MARK --set-xmark 0x11/0x2"],
      "0x10 0x0",
    ],
    [
      "the same for a connection",
      ["-j CONNMARK --set-xmark 0x3/0xffffffff", "-j CONNMARK --set-xmark 0x11/0x2"],
      "0x0 0x10",
    ],
    [
      "saved under masks",
      ["-j MARK --set-xmark 0x80001/0xffffffff", "-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff"],
      "0x80001 0x1",
    ],
    [
      "restored under masks",
      [
        "-j MARK --set-xmark 0x80001/0xffffffff",
        "-j CONNMARK --set-xmark 0x105/0xffffffff",
        "-j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff",
      ],
      "0x80005 0x105",
    ],
  ])("%s", (_, rules, expected) => {
    expect(after(rules)).toBe(expected);
  });
});

describe("NAT", () => {
  const NAT = `${TWO}
    -t nat -A PREROUTING -d 10.91.0.2/32 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.16.1.131:80
    -t nat -A POSTROUTING -s 172.16.1.0/24 -o eth1 -j MASQUERADE`;
  const machine = machineText(NAT);

  test("a door: the answer has the address and the port that the client asked", () => {
    const first = firstPacket("tcp", { ...IN, destination: "10.91.0.2", destinationPort: 8080 });
    const request = receive(machine, first, "eth1");
    expect(request.packet).toMatchObject({ destination: "172.16.1.131", destinationPort: 80 });
    const answer = receive(machine, answerTo(request.packet), "eth0", request.tracked);
    expect(answer).toMatchObject({ end: { device: "eth1" }, packet: { source: "10.91.0.2", sourcePort: 8080 } });
  });

  test("MASQUERADE: the answer is translated back, and the connection is bound to its device", () => {
    const first = firstPacket("tcp", OUT);
    const request = receive(machine, first, "eth0");
    expect(request.packet.source).toBe("10.91.0.2");
    const answer = receive(machine, answerTo(request.packet), "eth1", request.tracked);
    expect(answer).toMatchObject({
      end: { device: "eth0", nextHop: "172.16.1.50" },
      packet: { destination: "172.16.1.50" },
    });
    const moved = machineText(NAT.replace("default via 10.91.0.1 dev eth1", "default via 10.92.0.1 dev eth2"));
    expect(receive(moved, laterPacket(first), "eth0", answer.tracked).end.kind).toBe("dropped");
  });

  test("SNAT does not mind: later packets keep the address, whatever link they leave by", () => {
    const text = `${TWO}\n -t nat -A POSTROUTING -s 172.16.1.0/24 -j SNAT --to-source 10.91.0.2`;
    const request = receive(machineText(text), firstPacket("tcp", OUT), "eth0");
    const moved = machineText(text.replace("default via 10.91.0.1 dev eth1", "default via 10.92.0.1 dev eth2"));
    const later = receive(moved, laterPacket(firstPacket("tcp", OUT)), "eth0", request.tracked);
    expect(later).toMatchObject({ end: { device: "eth2" }, packet: { source: "10.91.0.2" } });
  });

  test.each([
    [
      "the one in the network of the next hop",
      "inet 10.7.0.2/24 scope global eth3\n inet 10.8.0.2/24 scope global eth3\n 198.51.100.0/24 via 10.8.0.1 dev eth3",
      "10.8.0.2",
    ],
    [
      "else the first",
      "inet 10.7.0.2/24 scope global eth3\n inet 10.8.0.2/24 scope global eth3\n 198.51.100.0/24 via 10.9.0.1 dev eth3 onlink",
      "10.7.0.2",
    ],
  ])("MASQUERADE takes of several addresses %s", (_, text, source) => {
    const machine = machineText(`${TWO}\n${text}\n -t nat -A POSTROUTING -j MASQUERADE`);
    expect(receive(machine, firstPacket("tcp", OUT), "eth0").packet.source).toBe(source);
  });

  test("only the first packet of a connection sees the table", () => {
    const request = receive(machineText(TWO), firstPacket("tcp", OUT), "eth0");
    const later = receive(machine, laterPacket(firstPacket("tcp", OUT)), "eth0", request.tracked);
    expect(later.packet.source).toBe("172.16.1.50");
  });
});
