import { describe, expect, test } from "@jest/globals";
import { parseAddresses } from "../../../provider/dialects/iproute2/address.ts";
import { deviceWord, isDeviceName, parseDeviceHead, parseDevices } from "../../../provider/dialects/iproute2/device.ts";
import { device } from "../../../provider/kinds/fields.ts";
import { NotUnderstood } from "../../../provider/model/not-understood.ts";
import { fixture } from "../fixture.ts";

const short = (text: string) =>
  parseAddresses(text).map((a) => `${a.device} ${a.address}/${a.prefix} ${a.scope}${a.dynamic ? " dynamic" : ""}`);

describe("addresses", () => {
  test("are read alike from iproute2 and busybox", () => {
    const expected = [
      "lo 127.0.0.1/8 host",
      "eth0 172.16.1.1/24 global",
      "eth0 172.16.1.9/24 global",
      "eth1 123.234.1.10/24 global",
      "eth1 149.99.251.146/30 global",
      "eth1 123.234.1.11/32 global",
      "eth2 66.119.160.2/30 global",
      "eth2 10.9.9.1/32 global",
      "eth2 10.9.8.1/24 global dynamic",
    ];
    expect(short(fixture("iproute2-6.1-addresses.txt"))).toEqual(expected);
    expect(short(fixture("busybox-1.35-addresses.txt"))).toEqual(expected);
  });

  test("of old versions belong to the device above them, not to the label behind them", () => {
    expect(short(fixture("iproute2-2.6-addresses.txt"))).toEqual([
      "lo 127.0.0.1/8 host",
      "eth0 172.16.1.1/24 global",
      "eth0 172.16.1.2/24 global",
      "ppp0 85.1.2.3/32 global",
      "eth0.100 10.100.0.1/24 global",
    ]);
  });

  test("with a peer have the prefix of the peer", () => {
    const text =
      "5: tun0: <POINTOPOINT,UP> mtu 1500\n    link/none\n    inet 10.9.9.1 peer 10.9.8.0/24 scope global tun0\n";
    expect(short(text)).toEqual(["tun0 10.9.9.1/24 global"]);
  });

  test("that cannot be read are refused", () => {
    expect(() => parseAddresses("1: lo: <UP> mtu 1\n    inet nonsense scope host lo\n")).toThrow(NotUnderstood);
  });
});

describe("devices", () => {
  test("have their type and flags, without what they are stacked on", () => {
    const { devices } = parseDevices(fixture("iproute2-2.6-addresses.txt"));
    expect(devices).toEqual([
      { index: 1, name: "lo", up: true, type: "loopback", pointToPoint: false },
      { index: 2, name: "eth0", up: true, type: "ether", pointToPoint: false },
      { index: 3, name: "eth1", up: false, type: "ether", pointToPoint: false },
      { index: 4, name: "sit0", up: false, type: "sit", pointToPoint: false },
      { index: 5, name: "ppp0", up: true, type: "ppp", pointToPoint: true },
      { index: 6, name: "eth0.100", up: true, type: "ether", pointToPoint: false },
    ]);
    expect(parseDevices("8: eth1@if7: <UP> mtu 1500\n    link/ether 00:00").devices[0]?.name).toBe("eth1");
  });

  test("with a name that is none are set apart, and their addresses are left out", () => {
    expect(parseDevices(fixture("iproute2-2.6-addresses.txt")).strange).toEqual(["a;reboot"]);
    expect(short(fixture("iproute2-2.6-addresses.txt")).join()).not.toContain("10.66.0.1");
  });
});

test("an address that nobody knows is kept apart", () => {
  const unknown: string[] = [];
  const text = "2: eth0: <UP> mtu 1500\n    inet 10.97 frob eth0\n    inet 10.96.0.1/24 scope global eth0\n";
  expect(parseAddresses(text, (by, line) => void unknown.push(`${by}: ${line}`))).toHaveLength(1);
  expect(unknown).toEqual(["ip addr: inet 10.97 frob eth0"]);
});

test("the head line of a device: its name is what stands before the other end, and words have values", () => {
  const heads = [
    "5: eth1@if4: <BROADCAST,UP> mtu 1500 qdisc noqueue master br0 state UP",
    "6: a@b@NONE: <UP> mtu 9000",
    "7: eth0:1: <> mtu",
    "8: eth0: mtu 1500",
  ].map(parseDeviceHead);
  expect(heads.map((head) => head?.name)).toEqual(["eth1", "a@b", "eth0:1", undefined]);
  expect(heads.map((head) => head && deviceWord(head, "mtu"))).toEqual(["1500", "9000", undefined, undefined]);
  expect([deviceWord(heads[0]!, "master"), deviceWord(heads[1]!, "master")]).toEqual(["br0", undefined]);
});

test("one pattern of names, in a declaration and on a router: with an @, a dot, a colon, of at most 15 characters", () => {
  const names = [
    "eth0",
    "a@b",
    "eth0.5",
    "eth0:1",
    "_x-y",
    "x".repeat(15),
    "x".repeat(16),
    "",
    "-n",
    "a;b",
    "a/b",
    "a b",
  ];
  const fine = [true, true, true, true, true, true, false, false, false, false, false, false];
  expect(names.map(isDeviceName)).toEqual(fine);
  expect(names.map((name) => device.safeParse(name).success)).toEqual(fine);
});
