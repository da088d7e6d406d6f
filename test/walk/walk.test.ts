/** The rules of the kernel that the walk follows, one by one, as small cases. What a whole router does is asked of the kernel itself. */
import { describe, expect, test } from "@jest/globals";
import { answerTo, firstPacket } from "../../provider/walk/packet.ts";
import { receive, send } from "../../provider/walk/walk.ts";
import { machineText } from "../proof/machine-text.ts";
import { IN, OUT, TABLE, TWO, way } from "./two-links.ts";

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
