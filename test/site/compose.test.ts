/** A site means this list of resources. What stands in the snapshots is the documentation. */
import { describe, expect, test } from "@jest/globals";
import type { Declared } from "../../provider/site/compose.ts";
import type { SiteArgs } from "../../provider/site/schema.ts";
import { argsOf, composed, small } from "./composed.ts";
import { seed } from "./seed.ts";

/** One line per resource: `Kind name {args} after names`. */
function shown(resources: readonly Declared[]): string {
  return resources
    .map(({ kind, name, args, dependsOn }) => {
      const after = dependsOn.length > 0 ? `\n  after ${dependsOn.join(" ")}` : "";
      return `${kind} ${name}\n${Object.entries(args)
        .map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`)
        .join("\n")}${after}`;
    })
    .join("\n");
}

describe("the seed's site", () => {
  test("is these resources", () => {
    expect(shown(composed(seed))).toMatchInlineSnapshot(`
"BootConfig site-boot

WanLink site-wan_one-link
  linkId: 1
  link: "wan_one"
  device: "eth1"
  gateway: "149.99.251.145"
  addresses: ["123.234.1.10","123.234.1.11","123.234.1.12","123.234.1.13"]
  table: 1
  inboundPriority: 1023
  insidePriority: 1123
  hasDefault: true
  fromPriority: 1124
  reversePath: "loose"
WanLink site-wan_two-link
  linkId: 2
  link: "wan_two"
  device: "eth2"
  gateway: "66.119.160.1"
  addresses: ["216.111.1.10","216.111.1.11","216.111.1.12"]
  table: 2
  inboundPriority: 1023
  insidePriority: 1123
  hasDefault: true
  fromPriority: 1125
  reversePath: "loose"
RoutingTable site-wan_one-table
  table: 1
  name: "wan_one"
  device: "eth1"
  gateway: "149.99.251.145"
  lan: [{"network":"172.16.1.0/24","device":"eth0"}]
RoutingTable site-wan_two-table
  table: 2
  name: "wan_two"
  device: "eth2"
  gateway: "66.119.160.1"
  lan: [{"network":"172.16.1.0/24","device":"eth0"}]
FwmarkRule site-wan_one-rule
  mark: 1
  mask: 4294967295
  table: 1
  tableName: "wan_one"
  priority: 1024
  after site-wan_one-link site-wan_one-table
FwmarkRule site-wan_two-rule
  mark: 2
  mask: 4294967295
  table: 2
  tableName: "wan_two"
  priority: 1025
  after site-wan_two-link site-wan_two-table
ConnmarkChain site-marks
  chain: "site"
  links: [{"link":"wan_one","device":"eth1","mark":1},{"link":"wan_two","device":"eth2","mark":2}]
  mask: 4294967295
  marking: "every-packet"
  after site-wan_one-rule site-wan_two-rule
ServerMap site-servers
  map: "site"
  entries: [{"address":"123.234.1.11","protocol":"tcp","port":1494,"server":"172.16.1.131"},{"address":"123.234.1.12","protocol":"tcp","port":25,"server":"172.16.1.130"},{"address":"123.234.1.12","protocol":"tcp","port":80,"server":"172.16.1.130"},{"address":"123.234.1.13","protocol":"tcp","port":80,"server":"172.16.1.140"},{"address":"216.111.1.11","protocol":"tcp","port":1494,"server":"172.16.1.131"},{"address":"216.111.1.12","protocol":"tcp","port":25,"server":"172.16.1.130"}]
  outgoing: [{"server":"172.16.1.131","device":"eth1","address":"123.234.1.11"},{"server":"172.16.1.130","device":"eth1","address":"123.234.1.12"},{"server":"172.16.1.140","device":"eth1","address":"123.234.1.13"},{"server":"172.16.1.131","device":"eth2","address":"216.111.1.11"},{"server":"172.16.1.130","device":"eth2","address":"216.111.1.12"}]
  masquerade: [{"network":"172.16.1.0/24","device":"eth1","address":"123.234.1.10"},{"network":"172.16.1.0/24","device":"eth2","address":"216.111.1.10"}]
  hairpin: [{"network":"172.16.1.0/24","device":"eth0"}]
  forward: false
  after site-wan_one-link site-wan_two-link site-marks
DefaultRoute site-default
  device: "eth1"
  gateway: "149.99.251.145"
  metric: 0
  after site-marks site-servers"
`);
  });

  test("with another default changes one resource by one word", () => {
    const [before, after] = [composed(seed), composed({ ...seed, default: "wan_two" })];
    expect(after.filter((r, i) => JSON.stringify(r) !== JSON.stringify(before[i]))).toMatchInlineSnapshot(`
[
  {
    "args": {
      "device": "eth2",
      "gateway": "66.119.160.1",
      "metric": 0,
    },
    "at": [
      "links",
      "wan_two",
    ],
    "dependsOn": [
      "site-marks",
      "site-servers",
    ],
    "kind": "DefaultRoute",
    "name": "site-default",
  },
]
`);
  });

  test("with a server switched by one word has one rule more", () => {
    const switched = { ...seed, servers: { ...seed.servers, server1: { address: "172.16.1.131", via: "wan_two" } } };
    const names = composed(seed).map((r) => r.name);
    expect(shown(composed(switched).filter((r) => !names.includes(r.name)))).toMatchInlineSnapshot(`
"SourceRule site-server1-via
  source: "172.16.1.131"
  table: 2
  tableName: "wan_two"
  insidePriority: 1123
  hasDefault: true
  priority: 1223
  after site-wan_two-table site-marks site-servers"
`);
  });

  test("without a default leaves the main table alone", () => {
    const { default: _, ...rest } = seed;
    expect(composed(rest).filter((r) => r.kind === "DefaultRoute")).toEqual([]);
  });

  test("written in another order is the same", () => {
    const turned = {
      ...seed,
      links: Object.fromEntries(Object.entries(seed.links).reverse()),
    };
    expect(composed(turned)).toEqual(composed(seed));
  });
});

describe("any site", () => {
  const dependencies = (site: SiteArgs) => {
    const resources = composed(site);
    return resources.every((r, i) => r.dependsOn.every((name) => resources.slice(0, i).some((o) => o.name === name)));
  };

  test("lists a resource behind those it depends on, under names of its own", () => {
    expect(dependencies(seed)).toBe(true);
    expect(new Set(composed(seed).map((r) => r.name)).size).toBe(composed(seed).length);
  });

  test("holds no undefined, which a state cannot have", () => {
    const holes = (value: unknown): boolean =>
      value === undefined || (typeof value === "object" && value !== null && Object.values(value).some(holes));
    expect(composed(seed).filter((r) => holes(r.args))).toEqual([]);
  });
});

test("the smallest site", () => {
  expect(shown(composed(small))).toMatchInlineSnapshot(`
"BootConfig site-boot

WanLink site-dsl-link
  linkId: 3
  link: "dsl"
  device: "wan0"
  gateway: "192.0.2.1"
  addresses: []
  table: 103
  inboundPriority: 4000
  insidePriority: 4100
  fromPriority: 4103
  reversePath: "loose"
RoutingTable site-dsl-table
  table: 103
  name: "dsl"
  device: "wan0"
  gateway: "192.0.2.1"
  lan: [{"network":"192.168.7.0/24","device":"lan0"}]
FwmarkRule site-dsl-rule
  mark: 50331648
  mask: 251658240
  table: 103
  tableName: "dsl"
  priority: 4003
  after site-dsl-link site-dsl-table
ConnmarkChain site-marks
  chain: "site"
  links: [{"link":"dsl","device":"wan0","mark":50331648}]
  mask: 251658240
  marking: "every-packet"
  after site-dsl-rule
ServerMap site-servers
  map: "site"
  entries: []
  outgoing: []
  masquerade: [{"network":"192.168.7.0/24","device":"wan0"}]
  hairpin: [{"network":"192.168.7.0/24","device":"lan0"}]
  forward: false
  after site-dsl-link site-marks"
`);
});

test("three links: numbers follow from ids, whatever stands between", () => {
  const link = (id: number) => ({ id, device: `wan${id}`, gateway: `192.0.2.${id}` });
  const site = { ...small, links: { c: link(15), a: link(1), b: link(7) } };
  expect(argsOf(site, "FwmarkRule")).toMatchInlineSnapshot(`
[
  {
    "mark": 16777216,
    "mask": 251658240,
    "priority": 4001,
    "table": 101,
    "tableName": "a",
  },
  {
    "mark": 117440512,
    "mask": 251658240,
    "priority": 4007,
    "table": 107,
    "tableName": "b",
  },
  {
    "mark": 251658240,
    "mask": 251658240,
    "priority": 4015,
    "table": 115,
    "tableName": "c",
  },
]
`);
  expect(argsOf(site, "ConnmarkChain")).toMatchInlineSnapshot(`
[
  {
    "chain": "site",
    "links": [
      {
        "device": "wan1",
        "link": "a",
        "mark": 16777216,
      },
      {
        "device": "wan7",
        "link": "b",
        "mark": 117440512,
      },
      {
        "device": "wan15",
        "link": "c",
        "mark": 251658240,
      },
    ],
    "marking": "every-packet",
    "mask": 251658240,
  },
]
`);
});
