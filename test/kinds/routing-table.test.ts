import { describe, expect, test } from "@jest/globals";
import { routingTable } from "../../provider/kinds/routing-table.ts";
import type { RouteLine } from "../../provider/model/line.ts";
import type { Snapshot } from "../../provider/model/snapshot.ts";
import { desiredOf, faults, refusals, routerOf, shown } from "./routers.ts";

const one = { table: 1, name: "wan_one", device: "eth1", gateway: "149.99.251.145" };
const lan = [{ network: "172.16.1.0/24", device: "eth0" }];

test("every-packet marking: the name, a guard, the LAN and the way out", () => {
  expect(shown(routingTable, { ...one, lan })).toEqual([
    "/etc/iproute2/rt_tables: 1 wan_one",
    "unreachable default table wan_one metric 65000",
    "172.16.1.0/24 dev eth0 table wan_one scope link",
    "default via 149.99.251.145 dev eth1 table wan_one",
  ]);
});

test("reply-only marking needs nothing but the default; without a name the table is shown by its number", () => {
  expect(shown(routingTable, { table: 2, device: "eth2", gateway: "66.119.160.1", guard: false })).toEqual([
    "default via 66.119.160.1 dev eth2 table 2",
  ]);
});

test("further routes go by a gateway or by a device; a gateway outside of every network is onlink", () => {
  const routes = [
    { destination: "10.1.0.0/16", gateway: "172.16.1.9", device: "eth0" },
    { destination: "10.2.0.9/32", device: "eth0.100" },
  ];
  expect(shown(routingTable, { ...one, routes, onlink: true, guard: false })).toEqual([
    "/etc/iproute2/rt_tables: 1 wan_one",
    "10.1.0.0/16 via 172.16.1.9 dev eth0 table wan_one",
    "10.2.0.9 dev eth0.100 table wan_one scope link",
    "default via 149.99.251.145 dev eth1 table wan_one onlink",
  ]);
});

describe("faults", () => {
  test("a default with only a device is refused, with the reason", () => {
    expect(faults(routingTable, { table: 1, device: "eth1" })).toEqual([
      "gateway: gateway is missing: a default route with only a device makes the kernel ask by ARP for every address of the internet, and most ISPs do not answer; give the ISP's router",
    ]);
  });

  test.each([
    [0, "must be 1 or more (0 is reserved)"],
    [253, "is one of the kernel's own tables (253 default, 254 main, 255 local)"],
    [254, "is one of the kernel's own tables (253 default, 254 main, 255 local)"],
    [255, "is one of the kernel's own tables (253 default, 254 main, 255 local)"],
  ])("table %i is reserved", (table, message) => {
    expect(faults(routingTable, { ...one, table })).toEqual([`table: ${message}`]);
  });

  test.each([
    ["2001:db8::1", "IPv6 is left untouched for now; give an IPv4 address"],
    ["149.99.251", 'must be an IPv4 address such as 123.234.1.10, not "149.99.251"'],
    ["149.99.251.045", 'must be an IPv4 address such as 123.234.1.10, not "149.99.251.045"'],
    ["", 'must be an IPv4 address such as 123.234.1.10, not ""'],
  ])("gateway %j is no IPv4 address", (gateway, message) => {
    expect(faults(routingTable, { ...one, gateway })).toEqual([`gateway: ${message}`]);
  });

  test.each([
    ["172.16.1.5/24", 'must be an IPv4 network such as 172.16.1.0/24, host bits zero, not "172.16.1.5/24"'],
    ["fd00::/8", "IPv6 is left untouched for now; give an IPv4 network"],
    ["172.16.1.0", 'must be an IPv4 network such as 172.16.1.0/24, host bits zero, not "172.16.1.0"'],
  ])("LAN %j is no IPv4 network", (network, message) => {
    expect(faults(routingTable, { ...one, lan: [{ network, device: "eth0" }] })).toEqual([`lan.0.network: ${message}`]);
  });

  test("two routes to one network exclude each other, whatever the list they are in", () => {
    const routes = [
      { destination: "172.16.1.0/24", gateway: "172.16.1.9", device: "eth0" },
      { destination: "0.0.0.0/0", gateway: "172.16.1.9", device: "eth0" },
    ];
    expect(faults(routingTable, { ...one, lan: [...lan, ...lan], routes })).toEqual([
      "lan.1.network: 172.16.1.0/24 has a route already: lan[0]",
      "routes.0.destination: 172.16.1.0/24 has a route already: lan[0]",
      "routes.1.destination: 0.0.0.0/0 has a route already: the default by gateway and device",
    ]);
  });
});

describe("refusals", () => {
  test("a gateway that no network of the device holds", () => {
    expect(refusals(routingTable, { ...one, gateway: "149.99.252.1" }, routerOf())).toEqual([
      "gateway: gateway 149.99.252.1 is not on-link on eth1, which has 149.99.251.146/30; correct it, or say onlink: true if the ISP means it so",
    ]);
    expect(refusals(routingTable, { ...one, gateway: "149.99.252.1", onlink: true }, routerOf())).toEqual([]);
  });

  test("a route of the main table to the gateway by the device is as good as an address", () => {
    const route: RouteLine = {
      ...{ kind: "route", type: "unicast", destination: "149.99.252.1/32", device: "eth1" },
      ...{ table: 254, metric: 0, onlink: false },
    };
    const args = { ...one, gateway: "149.99.252.1" };
    expect(refusals(routingTable, args, routerOf({ routes: [route] }))).toEqual([]);
    expect(refusals(routingTable, args, routerOf({ routes: [{ ...route, device: "eth2" }] }))).toHaveLength(1);
  });

  test("a number or a name that rt_tables gives to another table", () => {
    const names = new Map([
      [1, "lte"],
      [7, "wan_one"],
    ]);
    const router = routerOf({ tableNames: { path: "/etc/iproute2/rt_tables", text: "", names } });
    expect(refusals(routingTable, one, router)).toEqual([
      'table: /etc/iproute2/rt_tables already has the line "1 lte"; take another table number',
      'name: /etc/iproute2/rt_tables already has the line "7 wan_one"; take another name',
    ]);
    const ours = [{ kind: "table-name", id: 1, name: "lte" } as const];
    expect(refusals(routingTable, one, router, { ours })).toHaveLength(1);
  });

  describe("a name that the last run has given, and somebody has changed", () => {
    const path = "/etc/iproute2/rt_tables";
    const last = { lastNames: new Map([[1, "wan_one"]]), namedTables: new Set([1, 2]) };
    const mine = desiredOf(routingTable, one);
    const foreign = { ...(mine.at(-1) as RouteLine), destination: "10.9.0.0/16" };
    const said = (names: [number, string][], changes: Partial<Snapshot> = {}) =>
      refusals(routingTable, one, routerOf({ tableNames: { path, text: "", names: new Map(names) }, ...changes }), {
        ...{ ...last, mine },
      });

    test.each([
      ["gone", []],
      ["another", [[1, "isp1"]]],
      ["at another number", [[9, "wan_one"]]],
      [
        "exchanged with another managed table's",
        [
          [1, "wan_two"],
          [2, "wan_one"],
        ],
      ],
    ] as [string, [number, string][]][])("%s: drift, and no obstacle", (_, names) => {
      expect(said(names)).toEqual([]);
    });

    test("the table has routes of others: how to give it back, or to leave it to them", () => {
      expect(said([[1, "vpn"]], { routes: [mine.at(-1) as RouteLine, foreign] })).toEqual([
        'table: /etc/iproute2/rt_tables already has the line "1 vpn", which was "1 wan_one" after the last run, and the table has routes of another program: 10.9.0.0/16 via 149.99.251.145 dev eth1 table 1. Remove these routes and the next up writes its own name there, or take another table number here; tables 101-115 are free',
      ]);
    });

    test("the name is of a table in use, or of two", () => {
      const routes = [{ ...foreign, table: 9 }];
      expect(said([[9, "wan_one"]], { routes })).toEqual([
        'name: /etc/iproute2/rt_tables already has the line "9 wan_one", and the last run has given that name to table 1; give table 9 another name there',
      ]);
      const both: [number, string][] = [
        [1, "wan_one"],
        [9, "wan_one"],
      ];
      expect(said(both)).toEqual([
        'name: /etc/iproute2/rt_tables already has the line "9 wan_one", and the name of table 1 too: ip shows both by one name; remove it',
      ]);
    });

    test("a drop-in counts for more than what a run can write", () => {
      const dropInOf = new Map([[1, "/etc/iproute2/rt_tables.d/a.conf"]]);
      const tableNames = { path, text: "1 wan_one\n", names: new Map([[1, "isp1"]]), dropInOf };
      expect(said([], { tableNames })).toEqual([
        'table: /etc/iproute2/rt_tables.d/a.conf already has the line "1 isp1", which counts for more than "1 wan_one"; remove it',
      ]);
    });
  });

  test("an rt_tables that is not UTF-8 is not written to, unless the name is there", () => {
    const router = (text: string, names: [number, string][]) =>
      routerOf({ tableNames: { path: "/etc/iproute2/rt_tables", text, names: new Map(names) } });
    expect(refusals(routingTable, one, router("# na\uFFFDve\n", []))).toEqual([
      'name: /etc/iproute2/rt_tables has bytes that are not UTF-8, which a new line there would spoil; convert it, or write "1 wan_one" there by hand',
    ]);
    expect(refusals(routingTable, one, router("# na\uFFFDve\n1 wan_one\n", [[1, "wan_one"]]))).toEqual([]);
  });

  test("a table with routes of others; routes equal to ours are adopted, and once it is ours all of it is", () => {
    const own = desiredOf(routingTable, one).filter((line) => line.kind === "route");
    const foreign: RouteLine = { ...own[1]!, destination: "10.9.0.0/16" };
    const router = routerOf({ routes: [...own, foreign] });
    expect(refusals(routingTable, one, router)).toEqual([
      "table: table 1 already has routes that are not declared here: 10.9.0.0/16 via 149.99.251.145 dev eth1 table 1; tables 101-115 are free; a table that was set up by hand for this link is taken over with them listed under replace",
    ]);
    expect(refusals(routingTable, one, routerOf({ routes: own }))).toEqual([]);
    expect(refusals(routingTable, one, router, { mine: own.slice(0, 1) })).toEqual([]);
  });

  test("devices that are not there, one line for each", () => {
    const args = { ...one, device: "wan9", lan: [{ network: "10.0.0.0/8", device: "lan9" }] };
    expect(refusals(routingTable, args, routerOf())).toEqual([
      "device: the router has no device wan9; it has eth0, eth1, eth2, eth0.100",
      "lan.0.device: the router has no device lan9; it has eth0, eth1, eth2, eth0.100",
    ]);
  });
});

test("every route of the table belongs to the resource, no route of another table does", () => {
  const mine = routingTable.territory!(routingTable.schema.parse(one));
  const [, guard] = desiredOf(routingTable, one);
  expect(mine(guard!)).toBe(true);
  expect(mine({ ...(guard as RouteLine), table: 2 })).toBe(false);
  expect(mine({ kind: "rule", priority: 1, from: "all", table: 1 })).toBe(false);
});
