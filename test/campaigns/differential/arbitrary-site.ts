/** Sites of all shapes on the devices of a test's router, with the lines of somebody else on top of them. */

import fc from "fast-check";
import { formatRoute } from "../../../provider/dialects/iproute2/route.ts";
import { formatRule } from "../../../provider/dialects/iproute2/rule.ts";
import { readRule, ruleText } from "../../../provider/dialects/iptables/packet-rule.ts";
import { kindOf } from "../../../provider/kinds/index.ts";
import { MAIN_TABLE, type RouteLine } from "../../../provider/model/line.ts";
import type { Snapshot } from "../../../provider/model/snapshot.ts";
import { checkSite } from "../../../provider/site/check.ts";
import { compose } from "../../../provider/site/compose.ts";
import { withLines } from "../../../provider/site/declared.ts";
import type { Site } from "../../../provider/site/schema.ts";
import { chainsArbitrary } from "./arbitrary-chains.ts";
import { nativeTable, policyRule } from "./arbitrary-router.ts";
import type { Pool } from "./arbitrary-rule.ts";
import type { Places } from "./arbitrary-talk.ts";
import { type Chain, type Config, TABLES } from "./router.ts";
import type { DeviceName } from "./wire.ts";

export const LAN = { device: "eth0", networks: ["172.16.1.0/24"], address: "172.16.1.1" } as const;
/** Where no link is on its device. */
const SECOND = { device: "eth4", networks: ["172.16.2.0/24"] };
const SERVERS = { server1: "172.16.1.131", server2: "172.16.1.130", server3: "172.16.1.140" };
const PORTS = [25, 80, 443, 1494, { port: 8080, to: 80 }, "5000-5010"] as const;

const gatewayOf = (id: number) => `10.9${id}.0.1`;
const external = (id: number, host: number) => `198.18.${id}.${host}`;

const pick = <Value>(...values: readonly Value[]) => fc.constantFrom(...values);
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });

const door = (links: number) =>
  fc
    .record({
      id: fc.integer({ min: 1, max: links }),
      host: pick(11, 12, 13),
      server: pick(...Object.keys(SERVERS)),
      tcp: fc.subarray([...PORTS], { maxLength: 3 }),
      udp: fc.subarray([...PORTS], { maxLength: 2 }),
    })
    .map(({ id, host, ...rest }) => ({ link: `wan${id}`, address: external(id, host), ...rest }));

const link = (id: number, marking: string) =>
  fc
    .record({
      address: maybe(fc.constant(external(id, 10))),
      reversePath: marking === "reply-only" ? pick("loose", "leave") : pick("loose", "loose", "strict", "leave"),
      aliases: fc.constantFrom([], [external(id, 20)]),
      existing: fc.constantFrom([], [], [gatewayOf(id).replace(/1$/, "2")]),
    })
    .map(({ address, ...rest }) => ({
      ...{ id, device: `eth${id}`, gateway: gatewayOf(id), ...rest },
      ...(address && { address }),
    }));

const written = fc
  .tuple(fc.integer({ min: 2, max: 4 }), pick("every-packet" as const, "reply-only" as const))
  .chain(([links, marking]) =>
    fc.record({
      marking: fc.constant(marking),
      mask: pick(undefined, undefined, 0xff, 0xffffffff),
      default: maybe(fc.integer({ min: 1, max: links }).map((id) => `wan${id}`)),
      links: fc
        .tuple(...Array.from({ length: links }, (_, i) => link(i + 1, marking)))
        .map((list) => Object.fromEntries(list.map((one) => [`wan${one.id}`, one]))),
      via: fc.tuple(...Object.keys(SERVERS).map(() => maybe(fc.integer({ min: 1, max: links })))),
      publish: fc.array(door(links), { maxLength: 5 }),
      ...{ masquerade: pick(true, true, false), hairpin: pick(true, true, false), forward: fc.boolean() },
    }),
  );

/** Doors that the check refuses (the same port twice) are left out one by one. */
function siteOf({
  via,
  publish,
  mask,
  default: main,
  ...rest
}: typeof written extends fc.Arbitrary<infer T> ? T : never): Site {
  const servers = Object.entries(SERVERS).map(([name, address], i) => [
    name,
    via[i] === undefined ? address : { address, via: `wan${via[i]}` },
  ]);
  const base = {
    ...{ ...rest, lan: Object.keys(rest.links).length < 4 ? [LAN, SECOND] : LAN, servers: Object.fromEntries(servers) },
    ...(mask !== undefined && { mask }),
    ...(main !== undefined && { default: main }),
  };
  let site = checked({ ...base, publish: [] });
  for (const one of publish) {
    const more = tryCheck({ ...base, publish: [...site.publish, one] });
    if (more) site = more;
  }
  return site;
}

function tryCheck(args: unknown): Site | undefined {
  const result = checkSite(args);
  return "site" in result ? result.site : undefined;
}

function checked(args: unknown): Site {
  const result = checkSite(args);
  if ("faults" in result) throw new Error(JSON.stringify(result.faults));
  return result.site;
}

export interface Ground {
  /** Second addresses, the LAN's reverse path filter, the main table's default: what a router has before a site comes. */
  readonly rpFilter: string;
  readonly all: string;
  readonly validMark: string;
  readonly main: string | undefined;
}

const ground: fc.Arbitrary<Ground> = fc.record({
  rpFilter: pick("0", "1", "2"),
  all: pick("0", "0", "0", "1", "2"),
  validMark: pick("0", "0", "0", "1"),
  main: pick(undefined, "10.91.0.1", "10.92.0.1"),
});

/** A site as the lines of a whole router: what its resources desire on top of a plain one. */
export function configOf({ site, ground, foreign, foreignRules, native }: SiteCase): Config {
  const plain = plainOf(site, ground, foreign);
  const lines = compose(site, "site")
    .filter(({ kind }) => kind !== "BootConfig")
    .flatMap(({ kind, args }) => {
      const { schema, facts, desired } = kindOf(kind);
      const parsed = schema.parse(args);
      return [...desired(parsed, facts?.(parsed, plain, () => false) ?? {})];
    });
  const whole = withLines(plain, lines);
  const chains = TABLES.flatMap((table) =>
    [...(whole.iptables[table]?.chains ?? [])].map(
      ([name, { policy, rules }]): Chain => ({ table, name, policy, rules: rules.map(ruleText) }),
    ),
  );
  const settled = lines.filter((line) => line.kind === "route");
  return {
    addresses: whole.addresses.map(({ address, prefix, device }) => `${address}/${prefix} dev ${device}`),
    rules: [
      ...foreignRules,
      ...lines.flatMap((line) => (line.kind === "rule" ? [`add ${ruleWords(formatRule(line))}`] : [])),
    ],
    routes: [...plainDefault(ground, settled), ...settled].map((line) => formatRoute(line)),
    chains,
    sysctls: [...whole.sysctls],
    ...(native !== "" && { native }),
  };
}

/** The default route of a site takes the place of the one that was there. */
function plainDefault({ main }: Ground, routes: readonly RouteLine[]): RouteLine[] {
  const own = routes.some(({ table, destination }) => table === MAIN_TABLE && destination === "default");
  if (own || main === undefined) return [];
  const device = `eth${main[4]}`;
  return [
    {
      ...{ kind: "route", type: "unicast", destination: "default", gateway: main, device },
      ...{ table: MAIN_TABLE, metric: 0, onlink: false },
    },
  ];
}

/** `1024: from all lookup 7` as `ip rule add` takes it. */
function ruleWords(text: string): string {
  const [, priority, rest] = /^(\d+): (.*)$/.exec(text)!;
  return `${rest!.replace(/ (unreachable|blackhole|prohibit)$/, " type $1")} pref ${priority}`;
}

function plainOf(site: Site, { rpFilter, all, validMark }: Ground, foreign: readonly Chain[]): Snapshot {
  const addresses = [
    ["172.16.1.1", "eth0"],
    ...(Object.keys(site.links).length < 4 ? [["172.16.2.1", "eth4"]] : []),
    ...Object.values(site.links).map(({ id, device }) => [gatewayOf(id).replace(/1$/, "2"), device]),
  ].map(([address, device]) => ({
    ...{ kind: "address" as const, address: address!, prefix: 24, device: device!, dynamic: false, scope: "global" },
  }));
  const chainsOf = (table: Chain["table"]) =>
    foreign
      .filter((chain) => chain.table === table)
      .map(({ name, policy, rules }) => [name, { policy, rules: rules.map(readRule) }] as const);
  const tables = TABLES.map((table) => [table, { chains: new Map(chainsOf(table)) }]);
  return {
    ...{ addresses, rules: [], routes: [], iptables: Object.fromEntries(tables) },
    sysctls: new Map([
      ["net.ipv4.ip_forward", "1"],
      ["net.ipv4.conf.all.rp_filter", all],
      ["net.ipv4.conf.all.src_valid_mark", validMark],
      ["net.ipv4.conf.eth0.rp_filter", rpFilter],
      ...Object.values(site.links).map(({ device }) => [`net.ipv4.conf.${device}.rp_filter`, rpFilter] as const),
    ]),
    tableNames: { path: "/etc/iproute2/rt_tables", text: undefined, names: new Map() },
    capabilities: { kernel: "6.1", ip: { variant: "iproute2", version: "6.1.0" } },
    // No kind asks a snapshot for more than this.
  } as unknown as Snapshot;
}

export function placesOf(site: Site): Places {
  const out = Object.values(site.links).map(({ device }) => device as DeviceName);
  const published = site.publish.map(({ address }) => address);
  const own = Object.values(site.links).flatMap(({ id, address, aliases }) => [
    gatewayOf(id).replace(/1$/, "2"),
    ...(address ? [address] : []),
    ...aliases,
  ]);
  const inside = [...Object.values(SERVERS), "172.16.1.50"];
  const outside = ["198.51.100.20", "203.0.113.80", "203.0.113.81", "192.0.2.9"];
  const second = Object.keys(site.links).length < 4 ? [["172.16.2.7", "eth4"] as const] : [];
  return {
    near: [
      ...inside.map((address) => [address, "eth0" as DeviceName] as const),
      ...second,
      ...outside.flatMap((address) => out.map((device) => [address, device] as const)),
    ],
    addresses: [...published, ...published, ...own, ...inside, ...outside, "172.16.1.1"],
  };
}

const FOREIGN: Pool = {
  addresses: [...Object.values(SERVERS), "172.16.1.50", external(1, 11), external(2, 12), "203.0.113.80"],
  networks: ["172.16.1.0/24", "198.18.1.0/24", "198.18.2.0/23", "203.0.113.0/24", "172.16.1.131/32"],
};

export interface SiteCase {
  readonly site: Site;
  readonly ground: Ground;
  readonly foreign: readonly Chain[];
  /** Policy rules of somebody, before those of the site. */
  readonly foreignRules: readonly string[];
  /** A table of nft's own; "" for none. */
  readonly native: string;
}

export const siteArbitrary: fc.Arbitrary<SiteCase> = fc.record({
  site: written.map(siteOf),
  ground,
  native: nativeTable,
  foreignRules: fc.oneof(fc.constant([]), fc.array(policyRule, { minLength: 1, maxLength: 2 })),
  foreign: fc.oneof(fc.constant([]), chainsArbitrary(FOREIGN, 1, false), chainsArbitrary(FOREIGN, 2, true)),
});
