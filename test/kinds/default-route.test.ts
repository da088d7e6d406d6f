import { describe, expect, test } from "@jest/globals";
import { defaultRoute } from "../../provider/kinds/default-route.ts";
import type { RouteLine } from "../../provider/model/line.ts";
import type { Snapshot } from "../../provider/model/snapshot.ts";
import { faults, refusals, routerOf, shown } from "./routers.ts";

const one = { device: "eth1", gateway: "149.99.251.145" };

test("the main table's default, which moves by one word", () => {
  expect(shown(defaultRoute, one)).toEqual(["default via 149.99.251.145 dev eth1"]);
  expect(shown(defaultRoute, { ...one, metric: 50, onlink: true })).toEqual([
    "default via 149.99.251.145 dev eth1 metric 50 onlink",
  ]);
});

test("a default with only a device is a fault", () => {
  expect(faults(defaultRoute, { device: "eth1" })).toEqual([
    "gateway: gateway is missing: a default route needs the ISP's router, not only a device",
  ]);
  expect(faults(defaultRoute, { ...one, metric: -1 })).toEqual(["metric: Too small: expected number to be >=0"]);
});

describe("who owns the default that is there", () => {
  const there: RouteLine = {
    ...{ kind: "route", type: "unicast", destination: "default", gateway: "66.119.160.1", device: "eth2" },
    ...{ table: 254, metric: 0, onlink: false },
  };
  const router = (route: Partial<RouteLine>, daemons: string[] = [], managedBy?: "NetworkManager"): Snapshot => {
    const plain = routerOf();
    return {
      ...plain,
      routes: [{ ...there, ...route }],
      capabilities: { ...plain.capabilities, daemons },
      devices: plain.devices.map((d) => (d.name === "eth2" && managedBy ? { ...d, managedBy } : d)),
    };
  };
  const message = (proto: string, owner: string) => [
    `device: the main table's "default via 66.119.160.1 dev eth2 proto ${proto}" belongs to ${owner}, which would put it back at any time; tell it to leave the default alone first`,
  ];

  test("a DHCP client, by its name where one is seen running", () => {
    expect(refusals(defaultRoute, one, router({ protocol: "dhcp" }))).toEqual(message("dhcp", "a DHCP client"));
    expect(refusals(defaultRoute, one, router({ protocol: "dhcp" }, ["pppd", "udhcpc"]))).toEqual(
      message("dhcp", "udhcpc"),
    );
  });

  test("NetworkManager or networkd, where the device is theirs", () => {
    expect(refusals(defaultRoute, one, router({ protocol: "static" }, ["NetworkManager"], "NetworkManager"))).toEqual(
      message("static", "NetworkManager"),
    );
    expect(refusals(defaultRoute, one, router({ protocol: "static" }, ["NetworkManager"]))).toEqual([]);
  });

  test("nobody: a default without an owner, of another metric or another table, or our own is no obstacle", () => {
    expect(refusals(defaultRoute, one, router({}))).toEqual([]);
    expect(refusals(defaultRoute, one, router({ protocol: "dhcp", metric: 100 }))).toEqual([]);
    expect(refusals(defaultRoute, one, router({ protocol: "dhcp", table: 7 }))).toEqual([]);
    expect(
      refusals(defaultRoute, one, router({ protocol: "dhcp" }), { ours: [{ ...there, protocol: "dhcp" }] }),
    ).toEqual([]);
  });
});

describe("a default that counts for nobody", () => {
  const other: RouteLine = {
    ...{ kind: "route", type: "unicast", destination: "default", gateway: "66.119.160.1", device: "eth2" },
    ...{ table: 254, metric: 0, onlink: false },
  };
  const own: RouteLine = { ...other, gateway: "149.99.251.145", device: "eth1" };
  const said = (args: object, routes: readonly RouteLine[], ours: readonly RouteLine[] = []) =>
    defaultRoute.warn!(defaultRoute.schema.parse(args), routerOf({ routes }), (line) =>
      ours.includes(line as RouteLine),
    );

  test("a foreign one of a lower metric, or of the same and before it, is named", () => {
    expect(said({ ...one, metric: 50 }, [other])).toEqual([
      '"default via 66.119.160.1 dev eth2" comes before "default via 149.99.251.145 dev eth1 metric 50": packets without a mark leave by eth2, and this default counts for none; remove that route, or give this one a lower metric (defaultMetric)',
    ]);
    expect(said(one, [other, own])).toHaveLength(1);
  });

  test("one that it takes the place of, one behind it, one of its own, and one of another table are not", () => {
    expect(said(one, [other])).toEqual([]);
    expect(said(one, [own, other])).toEqual([]);
    expect(said(one, [{ ...other, metric: 100 }])).toEqual([]);
    expect(said({ ...one, metric: 50 }, [own], [own])).toEqual([]);
    expect(said({ ...one, metric: 50 }, [{ ...other, table: 7 }])).toEqual([]);
  });
});
