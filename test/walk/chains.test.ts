/** What rules of chains do to a packet and its connection, one by one. */
import { describe, expect, test } from "@jest/globals";
import { answerTo, firstPacket, laterPacket } from "../../provider/walk/packet.ts";
import { receive } from "../../provider/walk/walk.ts";
import { machineText } from "../proof/machine-text.ts";
import { IN, OUT, TWO, way } from "./two-links.ts";

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
