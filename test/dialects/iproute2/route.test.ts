import { describe, expect, test } from "@jest/globals";
import { formatRoute } from "../../../provider/dialects/iproute2/route.ts";
import { parseRoutes } from "../../../provider/dialects/iproute2/routes.ts";
import { NotUnderstood } from "../../../provider/model/not-understood.ts";
import { fixture, NAMES } from "../fixture.ts";

const shown = (text: string) => parseRoutes(text, NAMES).map((route) => formatRoute(route, NAMES));

describe("routes", () => {
  test("of current iproute2 are shown as they were printed, but for blanks, passing flags and tos", () => {
    const printed = fixture("iproute2-6.1-routes.txt")
      .replaceAll(" linkdown", "")
      .replaceAll("\n\t", "")
      .trimEnd()
      .split("\n");
    const expected = printed.map((line) =>
      line.trim().replace("8.8.4.4 tos 0x10 dev eth2 scope host", "8.8.4.4 dev eth2 scope host tos 0x10"),
    );
    expect(shown(fixture("iproute2-6.1-routes.txt"))).toEqual(expected);
  });

  test("of busybox are those of iproute2 without what busybox does not print", () => {
    const known = (text: string) =>
      parseRoutes(text, NAMES).map(({ protocol: _, rest: __, ...route }) => formatRoute(route, NAMES));
    expect(known(fixture("busybox-1.35-routes.txt")).sort()).toEqual(known(fixture("iproute2-6.1-routes.txt")).sort());
  });

  test("of old iproute2 are read without IPv6 and without cached ones", () => {
    expect(shown(fixture("iproute2-2.6-routes.txt"))).toEqual([
      "172.16.1.0/24 dev eth0 table wan_one scope link",
      "default via 149.99.251.145 dev eth1 table wan_one",
      "149.99.251.144/30 dev eth1 proto kernel scope link src 149.99.251.146",
      "66.119.160.0/24 dev eth2 proto kernel scope link src 66.119.160.2",
      "10.0.0.0/8 via 172.16.1.2 dev eth0 metric 2 mtu 1400 advmss 1360",
      "default via 66.119.160.1 dev eth2",
      "default metric 20 nexthop via 66.119.160.1 dev eth2 weight 1 nexthop via 149.99.251.145 dev eth1 weight 1",
      "broadcast 127.255.255.255 dev lo table local proto kernel scope link src 127.0.0.1",
      "local 66.119.160.2 dev eth2 table local proto kernel scope host src 66.119.160.2",
    ]);
  });

  test("to a host have the prefix 32, which is not shown", () => {
    const [route] = parseRoutes("9.9.9.9 dev eth1", NAMES);
    expect(route?.destination).toBe("9.9.9.9/32");
    expect(formatRoute(route!)).toBe("9.9.9.9 dev eth1");
  });

  test("with a metric above 2^31 have the same one from busybox", () => {
    expect(parseRoutes("default dev eth1  metric -16769024", NAMES)[0]?.metric).toBe(4278198272);
  });

  test("signed by boot are signed by nobody", () => {
    expect(parseRoutes("default dev eth1 proto boot", NAMES)).toEqual(parseRoutes("default dev eth1", NAMES));
  });

  test("of every spelling of everywhere and of the global scope are default routes without a scope", () => {
    expect(parseRoutes("0.0.0.0/0 dev eth1 scope global", NAMES)).toEqual(parseRoutes("default dev eth1", NAMES));
  });

  test("keep in rest what they do not know, a strange device and an IPv6 gateway among it", () => {
    expect(parseRoutes("10.0.0.0/8 nhid 7 via inet6 fe80::1 dev a;reboot table 7 mtu lock 1400", NAMES)[0]).toEqual({
      kind: "route",
      type: "unicast",
      destination: "10.0.0.0/8",
      table: 7,
      metric: 0,
      onlink: false,
      rest: "nhid 7 via inet6 fe80::1 dev a;reboot mtu lock 1400",
    });
  });

  test("in a table whose name is not known, or is that of two tables, are in no table of ours", () => {
    const twice = new Map([...NAMES, [3, "wan_one"] as const]);
    for (const [name, names] of [["nobody", NAMES] as const, ["wan_one", twice] as const]) {
      const [route] = parseRoutes(`default dev eth1 table ${name}`, names);
      expect(route).toMatchObject({ table: -1, rest: `table ${name}` });
      expect(formatRoute(route!)).toBe(`default dev eth1 table ${name}`);
    }
  });

  test("that are no routes are refused", () => {
    for (const text of ["Usage: ip route", "default dev eth1 metric x"]) {
      expect(() => parseRoutes(text, NAMES)).toThrow(NotUnderstood);
    }
  });
});

test("a route that nobody knows is kept apart, and what is no route at all is nothing to go by", () => {
  const unknown: string[] = [];
  const keep = (by: string, text: string) => void unknown.push(`${by}: ${text}`);
  const text = "frob 10.97.0.0/16 dev eth3 table 77 \ndefault via 10.0.0.1 dev eth3 metric x\n10.96.0.0/16 dev eth3\n";
  expect(parseRoutes(text, NAMES, keep).map((route) => formatRoute(route))).toEqual(["10.96.0.0/16 dev eth3"]);
  expect(unknown).toEqual([
    "ip route: frob 10.97.0.0/16 dev eth3 table 77",
    "ip route: default via 10.0.0.1 dev eth3 metric x",
  ]);
  expect(() => parseRoutes("gar\u0001bage %s @@\n", NAMES, keep)).toThrow(NotUnderstood);
});
