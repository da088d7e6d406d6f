/** The part of a router that decides where a packet goes. */

import { tableIdOf } from "../dialects/iproute2/table-name.ts";
import { isAddress, lengthOf, parseNetwork } from "../model/ip.ts";
import {
  type IptablesTable,
  LOCAL_TABLE,
  MAIN_TABLE,
  type RouteLine,
  type RouteType,
  type TableNames,
} from "../model/line.ts";
import { escaped } from "../model/printable.ts";
import type { ChainRules, Snapshot } from "../model/snapshot.ts";
import type { Threat } from "../model/threat.ts";
import { numberOf } from "./address-number.ts";
import { deviceThreats } from "./device-threats.ts";
import { type PolicyRule, policyRules } from "./policy-rule.ts";
import { type RouteTable, routeTable, sameNetwork } from "./route-table.ts";

export interface Machine {
  readonly addresses: readonly {
    readonly address: string;
    readonly prefix: number;
    readonly device: string;
    readonly scope?: string;
  }[];
  /** In the order in which they are asked. */
  readonly rules: readonly PolicyRule[];
  readonly tables: ReadonlyMap<number, RouteTable>;
  readonly chains: ReadonlyMap<IptablesTable, ReadonlyMap<string, ChainRules>>;
  readonly sysctls: ReadonlyMap<string, string>;
  readonly names: TableNames;
  /** What may stop or change packets that chains, rules and routes do not show: rules of nft's own, IPsec, traffic control. */
  readonly native: readonly Threat[];
  /** A policy rule or a route asks for the TOS byte of a packet. */
  readonly asksTos: boolean;
  /** Lines of `ip route` that are not understood, with what is known of them; a table or a network that is not may be any. */
  readonly strangeRoutes: readonly StrangeRoute[];
  /** What is on this router, sees packets, and is not modelled: then nothing is claimed. */
  readonly unmodelled: readonly string[];
  /** Where it is there, all that a walk asks of the tables is written down in it. */
  readonly asked?: Asked[];
}

export interface StrangeRoute {
  readonly text: string;
  readonly table?: number;
  readonly network?: string;
}

/** What a table was asked, and its answer. */
export interface Asked {
  readonly table: number;
  readonly address: number;
  /** Routes that were looked at, in their order: the last one has decided. */
  readonly seen: readonly RouteLine[];
  /** Nothing has decided: were there more, it could be another answer. */
  readonly all: boolean;
  /** A route of at most this prefix length is passed over by the rule that asks (suppress_prefixlength). */
  readonly limit: number;
}

/** What of a snapshot counts here. */
export type Parts = Pick<Snapshot, "addresses" | "rules" | "routes" | "iptables" | "sysctls" | "unknown" | "native"> & {
  readonly tableNames: { readonly names: TableNames };
  readonly capabilities?: Pick<Snapshot["capabilities"], "nftTables" | "iptables">;
} & Partial<Pick<Snapshot, "devices" | "xfrm" | "traffic">>;

export function machineOf(parts: Parts): Machine {
  return {
    addresses: parts.addresses.map(({ address, prefix, device, scope }) => ({ address, prefix, device, scope })),
    rules: policyRules(parts.rules),
    tables: new Map(
      [...Map.groupBy(parts.routes, ({ table }) => table)].map(([id, routes]) => [id, routeTable(routes)]),
    ),
    chains: new Map(Object.entries(parts.iptables).map(([table, { chains }]) => [table as IptablesTable, chains])),
    sysctls: parts.sysctls,
    names: parts.tableNames.names,
    native: [
      ...deviceThreats(parts.devices ?? [], parts),
      ...(parts.native ?? []),
      ...(parts.xfrm ?? []),
      ...(parts.traffic ?? []),
    ],
    asksTos: [...parts.rules, ...parts.routes].some(({ rest }) => /\b(tos|dsfield)\b/.test(rest ?? "")),
    strangeRoutes: (parts.unknown ?? [])
      .filter(({ by }) => by === "ip route")
      .map(({ text }) => strangeRoute(text, parts.tableNames.names)),
    unmodelled: [
      ...(parts.native === undefined ? (parts.capabilities?.nftTables ?? []) : []).map(
        (name) => `the nft table ${name}`,
      ),
      // A rule, of either tool, stands where it is met: the walk comes to it or not.
      ...(parts.unknown ?? [])
        .filter(({ by }) => by === "ip addr")
        .map(({ by, text }) => `the line "${escaped(text)}" of ${by}`),
      ...(parts.capabilities?.iptables.bothVariants ? ["the rules in the other variant of iptables"] : []),
    ],
  };
}

function strangeRoute(text: string, names: TableNames): StrangeRoute {
  const [first = "", second = ""] = text.split(" ");
  const network = [first, second].map((word) => (word === "default" ? "0.0.0.0/0" : word)).find(parseNetwork);
  const named = / table (\S+)/.exec(text)?.[1];
  const table = named === undefined ? MAIN_TABLE : tableIdOf(names)(named);
  return { text, ...(network !== undefined && { network }), ...(table !== undefined && { table }) };
}

/**
 * The first route of a table that decides about an address. The only way in which a walk looks at tables.
 * @param limit of the rule that asks; -1: none
 */
export function decidingRoute(
  machine: Machine,
  table: number,
  address: number,
  decides: (route: RouteLine) => boolean = () => true,
  limit = -1,
): RouteLine | undefined {
  const routes = routesTo(machine, table, address);
  const at = routes.findIndex(decides);
  machine.asked?.push({ table, address, limit, seen: at < 0 ? routes : routes.slice(0, at + 1), all: at < 0 });
  return routes[at];
}

/** Those whose network has the address, in the order in which they are tried. */
export function routesTo({ tables }: Machine, table: number, address: number): readonly RouteLine[] {
  return tables.get(table)?.fitting(address) ?? NONE;
}

const NONE: readonly RouteLine[] = [];

/** The main table's route to an address, its defaults passed over, also those of a VPN that halves them (0.0.0.0/1, 128.0.0.0/1). */
export function routeInside(machine: Machine, address: number): RouteLine | undefined {
  return routesTo(machine, MAIN_TABLE, address).find(({ destination }) => lengthOf(destination) > 1);
}

/** What the local table says of an address: `local` for the router's own, `broadcast`. */
export function localType(machine: Machine, address: string): RouteType | undefined {
  if (!isAddress(address)) return undefined;
  return decidingRoute(machine, LOCAL_TABLE, numberOf(address))?.type;
}

/** Is it an address of the router itself? */
export function isLocal(machine: Machine, address: string): boolean {
  return localType(machine, address) === "local";
}

/** The effective value for a device: rp_filter is the higher of `all` and its own, src_valid_mark is either (ip-sysctl.rst). */
export function deviceSetting(machine: Machine, device: string, name: "rp_filter" | "src_valid_mark"): number {
  const key = (of: string) => Number(machine.sysctls.get(`net.ipv4.conf.${of}.${name}`) ?? "0");
  return Math.max(key("all"), key(device.replaceAll(".", "/")));
}

/**
 * The address that MASQUERADE takes: inet_select_addr() prefers one whose network has the next hop, else the first, and on a
 * device without one takes the first of any device.
 */
export function sourceOn(machine: Machine, device: string, nextHop: string): string | undefined {
  const global = machine.addresses.filter(({ scope }) => scope === undefined || scope === "global");
  const own = global.filter((entry) => entry.device === device);
  const near = own.find(({ address, prefix }) => sameNetwork(numberOf(address), numberOf(nextHop), prefix));
  return (near ?? own[0] ?? global[0])?.address;
}
