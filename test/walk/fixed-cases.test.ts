/** Every disagreement with the kernel that a campaign has found (npm run differential), made small. The kernel is right. */
import { describe, expect, test } from "@jest/globals";
import { answerTo, firstPacket, type Protocol } from "../../provider/walk/packet.ts";
import { receive, send } from "../../provider/walk/walk.ts";
import { machineText } from "../proof/machine-text.ts";

const TWO = `
  inet 172.16.1.1/24 scope global eth0
  inet 10.91.0.2/24 scope global eth1
  inet 10.92.0.2/24 scope global eth2
  default via 10.91.0.1 dev eth1`;

function first(source: string, destination: string, protocol: Protocol = "tcp", port = 80) {
  return firstPacket(protocol, { source, sourcePort: 20_000, destination, destinationPort: port });
}

describe("addresses that no packet has on a wire", () => {
  test.each([
    ["0.0.0.0", "10.92.0.2"],
    ["224.0.0.5", "172.16.1.50"],
    ["255.255.255.255", "198.51.100.20"],
    ["127.0.0.1", "172.16.1.50"],
  ])("%s is no source", (source, destination) => {
    expect(receive(machineText(TWO), first(source, destination), "eth1").end.kind).toBe("dropped");
  });

  test("127.0.0.1 is reached by nobody from outside", () => {
    const machine = machineText(`${TWO}\n local 127.0.0.0/8 dev lo table local`);
    expect(receive(machine, first("172.16.1.50", "127.0.0.1"), "eth0").end.kind).toBe("dropped");
  });

  test.each(["224.0.0.5", "255.255.255.255"])("nothing is claimed of packets to %s", (destination) => {
    expect(receive(machineText(TWO), first("172.16.1.50", destination), "eth0").end.kind).toBe("unknown");
  });

  test("a broadcast address is no source where there are rules, even without a filter", () => {
    const machine = machineText(`${TWO}
      broadcast 172.16.1.255/32 dev eth0 table local
      100: from all fwmark 0x1 lookup 100`);
    expect(receive(machine, first("172.16.1.255", "198.51.100.20"), "eth2").end.kind).toBe("dropped");
  });
});

describe("reverse path", () => {
  const machine = machineText(`${TWO}\n net.ipv4.conf.all.rp_filter = 2`);

  test("loose is strict on a device without an address", () => {
    expect(receive(machine, first("203.0.113.81", "172.16.1.50"), "eth4").end.kind).toBe("dropped");
    expect(receive(machine, first("203.0.113.81", "172.16.1.50"), "eth2").end.kind).toBe("sent");
  });
});

describe("the raw table, which conntrack comes behind", () => {
  const raw = (rule: string) => machineText(`${TWO}\n -t raw -A PREROUTING ${rule} -j DROP`);
  const kind = (rule: string) => receive(raw(rule), first("172.16.1.50", "198.51.100.20"), "eth0").end.kind;

  test("no connection has an address there, negated or not", () => {
    expect(kind("-m conntrack ! --ctreplsrc 172.16.0.0/16")).toBe("sent");
    expect(kind("-m conntrack --ctreplsrc 0.0.0.0/1")).toBe("sent");
  });

  test("no connection has a mark there, negated or not", () => {
    expect(kind("-m connmark ! --mark 0x1")).toBe("sent");
    expect(kind("-m connmark --mark 0x0")).toBe("sent");
  });

  test("every packet is INVALID there", () => {
    expect(kind("-m conntrack --ctstate NEW")).toBe("sent");
    expect(kind("-m conntrack --ctstate INVALID")).toBe("dropped");
    expect(kind("-m conntrack ! --ctstate NEW")).toBe("dropped");
  });

  test("what ends there has not answered a connection", () => {
    const request = receive(raw("-i eth1"), first("172.16.1.50", "198.51.100.20"), "eth0");
    const answer = receive(raw("-i eth1"), answerTo(request.packet), "eth1", request.tracked);
    expect([answer.end.kind, answer.tracked.seenReply]).toEqual(["dropped", false]);
  });
});

test("the answer of a service whose client was translated to an address of the router itself goes to the client", () => {
  const machine = machineText(`${TWO}\n -t nat -A INPUT -j SNAT --to-source 10.91.0.2`);
  const request = receive(machine, first("172.16.1.50", "172.16.1.1"), "eth0");
  expect([request.end.kind, request.packet.source]).toEqual(["delivered", "10.91.0.2"]);
  const answer = send(machine, answerTo(request.packet), request.tracked);
  expect(answer).toMatchObject({ end: { device: "eth0", nextHop: "172.16.1.50" }, packet: { source: "172.16.1.1" } });
});

test("MASQUERADE on a device without an address takes that of another", () => {
  const machine = machineText(`${TWO}
    198.51.100.0/24 via 10.94.0.1 dev eth4 onlink
    -t nat -A POSTROUTING -j MASQUERADE`);
  const walked = receive(machine, first("10.92.0.9", "198.51.100.20"), "eth2");
  expect(walked).toMatchObject({ end: { device: "eth4" }, packet: { source: "172.16.1.1" } });
});

test("a rule for ports knows no echo", () => {
  const machine = machineText(`${TWO}
    100: from all sport 1-65535 lookup 100
    default via 10.92.0.1 dev eth2 table 100`);
  const by = (protocol: Protocol) => receive(machine, first("172.16.1.50", "198.51.100.20", protocol), "eth0").end;
  expect(by("tcp")).toMatchObject({ device: "eth2" });
  expect(by("icmp")).toMatchObject({ device: "eth1" });
});

test("rules for a protocol still know it when a mark in OUTPUT makes the kernel look for the way again", () => {
  const machine = machineText(`${TWO}
    100: not from all ipproto tcp lookup 100
    default via 10.92.0.1 dev eth2 table 100
    -t mangle -A OUTPUT -j MARK --set-xmark 0x1/0x1`);
  expect(send(machine, first("10.91.0.2", "198.51.100.20")).end).toMatchObject({ device: "eth1" });
});

test("what a refused packet's ICMP error does to the mark of its connection is not claimed, where a rule of what is sent writes marks", () => {
  const routes = `${TWO}
    prohibit 198.51.100.0/24`;
  const quiet = machineText(routes);
  const writing = machineText(`${routes}
    -t mangle -A POSTROUTING -j CONNMARK --set-xmark 0x1/0x1`);
  const refused = (machine: typeof quiet) => receive(machine, first("172.16.1.50", "198.51.100.20"), "eth0");
  for (const machine of [quiet, writing]) expect(refused(machine).end.kind).toBe("dropped");
  const again = (machine: typeof quiet) =>
    receive(machine, first("172.16.1.50", "198.51.100.20"), "eth0", refused(machine).tracked).end.kind;
  expect([again(quiet), again(writing)]).toEqual(["dropped", "unknown"]);
});
