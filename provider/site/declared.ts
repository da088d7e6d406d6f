/** The router that a site declares: a plain one, with the lines of all its resources on top. */

import { kindOf } from "../kinds/index.ts";
import { contains, freeHost } from "../model/ip.ts";
import { KERNEL_RULES } from "../model/kernel-rules.ts";
import {
  type AddressLine,
  type IptablesTable,
  type Line,
  LOCAL_TABLE,
  MAIN_TABLE,
  type RouteLine,
  type TableNames,
} from "../model/line.ts";
import type { Capabilities, ChainRules, Snapshot } from "../model/snapshot.ts";
import { deviceSysctl } from "../model/sysctl-key.ts";
import { type Machine, machineOf } from "../walk/machine.ts";
import { compose } from "./compose.ts";
import { lansOf, numberedLinks } from "./links.ts";
import type { Site } from "./schema.ts";

/**
 * What the declaration does not say is taken as it is on a plain router: an address per device, its network connected,
 * forwarding on, no firewall; the LAN's reverse path filter strict, the harder case. Links with `reversePath: leave` have none.
 */
export function declaredMachine(site: Site): Machine {
  return machineOf(onPlainRouter(site));
}

/** What a machine is made of, with the links' names. */
export function onPlainRouter(site: Site): Plain & { readonly tableNames: { readonly names: TableNames } } {
  const plain = plainRouter(site);
  const names = new Map(numberedLinks(site).map(({ name, table }) => [table, name]));
  return { ...withLines(plain, linesOf(site, plain)), tableNames: { names } };
}

/** What the declaration puts on such a router. */
export function declaredLines(site: Site): Line[] {
  return linesOf(site, plainRouter(site));
}

function linesOf(site: Site, plain: Snapshot): Line[] {
  // What it has on its disk decides about no packet.
  const decides = compose(site, "site").filter(({ kind }) => kind !== "BootConfig");
  return decides.flatMap(({ kind, args }) => {
    const { schema, facts, desired } = kindOf(kind);
    const parsed = schema.parse(args);
    return [...desired(parsed, facts?.(parsed, plain, () => false) ?? {})];
  });
}

type Plain = Pick<Snapshot, "addresses" | "rules" | "routes" | "iptables" | "sysctls">;

export function plainRouter(site: Site): Snapshot {
  const lans = lansOf(site);
  const networks = lans.flatMap(({ device, networks }) => networks.map((network) => ({ device, network })));
  const taken = [
    ...Object.values(site.servers).map(({ address }) => address),
    ...site.publish.map(({ address }) => address),
    ...Object.values(site.links).flatMap((link) =>
      [link.gateway, link.address ?? [], link.aliases, link.existing].flat(),
    ),
  ];
  const inner = lans.flatMap(({ device, networks, address }) =>
    networks.map((network) => {
      const own = address !== undefined && contains(network, address) ? address : lastFree(network, taken);
      return onDevice(device, own, Number(network.split("/")[1] ?? 32));
    }),
  );
  const outer = Object.values(site.links).flatMap(({ device, gateway, existing }) => {
    const own = freeHost(`${gateway.replace(/\d+$/, "0")}/24`, taken);
    // Two modems may have one private network between them.
    taken.push(own);
    return [onDevice(device, own, 24), ...existing.map((address) => onDevice(device, address, 32))];
  });
  const addresses = [...inner, ...outer];
  const connected = [
    ...networks.map(({ device, network }) => route(network, device)),
    ...Object.values(site.links).map(({ device, gateway }) => route(`${gateway}/32`, device)),
  ];
  return {
    addresses,
    rules: KERNEL_RULES,
    routes: [...connected, ...addresses.map(localRoute)],
    iptables: {},
    sysctls: new Map([
      ["net.ipv4.ip_forward", "1"],
      ...Object.values(site.links).map(({ device }) => [deviceSysctl(device, "src_valid_mark"), "0"] as const),
      ...lans.map(({ device }) => [deviceSysctl(device, "rp_filter"), "1"] as const),
    ]),
    tableNames: { path: "/etc/iproute2/rt_tables", text: undefined, names: new Map() },
    capabilities: { kernel: "6.1", ip: { variant: "iproute2", version: "6.1.0" } },
    // The rest of a snapshot decides nothing about packets, and no kind's facts ask for it.
  } satisfies Plain &
    Pick<Snapshot, "tableNames"> & {
      readonly capabilities: Pick<Capabilities, "kernel" | "ip">;
    } as unknown as Snapshot;
}

function lastFree(network: string, taken: readonly string[]): string {
  const client = freeHost(network, taken);
  return freeHost(network, [...taken, client]);
}

function onDevice(device: string, address: string, prefix: number) {
  return { kind: "address", device, address, prefix, dynamic: false, scope: "global" } as const;
}

function route(destination: string, device: string): RouteLine {
  return {
    kind: "route",
    type: "unicast",
    destination,
    device,
    table: MAIN_TABLE,
    metric: 0,
    onlink: false,
    scope: "link",
  };
}

function localRoute({ address, device }: Pick<AddressLine, "address" | "device">): RouteLine {
  return { ...route(`${address}/32`, device), type: "local", table: LOCAL_TABLE, scope: "host" };
}

/** A router with further lines: what applying them would leave. */
export function withLines(plain: Plain, lines: readonly Line[]): Plain {
  const of = <Kind extends Line["kind"]>(kind: Kind) =>
    lines.filter((line): line is Extract<Line, { kind: Kind }> => line.kind === kind);
  const addresses = of("address").map((line) => ({ ...line, dynamic: false, scope: "global" }));
  const tables = new Map<IptablesTable, Map<string, ChainRules>>(
    Object.entries(plain.iptables).map(([table, { chains }]) => [table as IptablesTable, new Map(chains)]),
  );
  const add = (table: IptablesTable, chain: string, { policy, rules }: ChainRules) => {
    const chains = tables.get(table) ?? new Map<string, ChainRules>();
    const before = chains.get(chain);
    tables.set(table, chains.set(chain, { policy, ...before, rules: [...rules, ...(before?.rules ?? [])] }));
  };
  for (const { table, chain, rules } of of("chain")) add(table, chain, { policy: "-", rules });
  for (const { table, chain, rule } of of("hook")) add(table, chain, { policy: "ACCEPT", rules: [rule] });
  return {
    addresses: [...plain.addresses, ...addresses],
    rules: [...plain.rules, ...of("rule")],
    routes: [...plain.routes, ...of("route"), ...addresses.map(localRoute)],
    iptables: Object.fromEntries([...tables].map(([table, chains]) => [table, { chains }])),
    sysctls: new Map([...plain.sysctls, ...of("sysctl").map(({ key, value }) => [key, value] as const)]),
  };
}
