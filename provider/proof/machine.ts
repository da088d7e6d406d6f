/** The part of a router that decides where a packet goes. */
import { isAddress, parseNetwork, toNumber } from "../kernel/ip.ts";
import type { IptablesTable, RouteLine, RuleLine, TableNames } from "../kernel/line.ts";
import type { Snapshot } from "../kernel/snapshot.ts";
import { type CompiledRule, compileRule } from "./compile.ts";

export interface Machine {
  readonly addresses: readonly { readonly address: string; readonly prefix: number; readonly device: string }[];
  /** In the order in which they are asked. */
  readonly rules: readonly RuleLine[];
  readonly tables: ReadonlyMap<number, readonly CompiledRoute[]>;
  readonly chains: ReadonlyMap<IptablesTable, ReadonlyMap<string, CompiledChain>>;
  readonly sysctls: ReadonlyMap<string, string>;
  readonly names: TableNames;
  /** What is on this router, sees packets, and is not modelled: then nothing is claimed. */
  readonly unmodelled: readonly string[];
}

export interface CompiledChain {
  readonly policy: string;
  readonly rules: readonly CompiledRule[];
}

export interface CompiledRoute {
  readonly route: RouteLine;
  readonly base: number;
  readonly bits: number;
  readonly prefix: number;
}

/** What of a snapshot counts here. */
export type Parts = Pick<Snapshot, "addresses" | "rules" | "routes" | "iptables" | "sysctls"> & {
  readonly tableNames: { readonly names: TableNames };
  readonly capabilities?: Pick<Snapshot["capabilities"], "nftTables" | "iptables">;
};

export function machineOf(parts: Parts): Machine {
  return {
    addresses: parts.addresses.map(({ address, prefix, device }) => ({ address, prefix, device })),
    rules: parts.rules.toSorted((a, b) => a.priority - b.priority),
    tables: tablesOf(parts.routes),
    chains: new Map(
      Object.entries(parts.iptables).map(([table, { chains }]) => [
        table as IptablesTable,
        new Map([...chains].map(([name, { policy, rules }]) => [name, { policy, rules: rules.map(compileRule) }])),
      ]),
    ),
    sysctls: parts.sysctls,
    names: parts.tableNames.names,
    unmodelled: [
      ...(parts.capabilities?.nftTables ?? []).map((name) => `the nft table ${name}`),
      ...(parts.capabilities?.iptables.bothVariants ? ["the rules in the other variant of iptables"] : []),
    ],
  };
}

/** Longest prefix first, then the lowest metric: the order in which the kernel tries them. */
function tablesOf(routes: readonly RouteLine[]): ReadonlyMap<number, readonly CompiledRoute[]> {
  const compiled = routes.map((route) => {
    const { address, prefix } = parseNetwork(route.destination) ?? { address: "0.0.0.0", prefix: 0 };
    const bits = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
    return { route, base: (toNumber(address) & bits) >>> 0, bits, prefix };
  });
  const order = (a: CompiledRoute, b: CompiledRoute) => b.prefix - a.prefix || a.route.metric - b.route.metric;
  return new Map([...Map.groupBy(compiled, ({ route }) => route.table)].map(([id, list]) => [id, list.sort(order)]));
}

const LOCAL_TABLE = 255;

/** Is it an address of the router itself, by the local table? */
export function isLocal(machine: Machine, address: string): boolean {
  if (!isAddress(address)) return false;
  const number = toNumber(address);
  const routes = machine.tables.get(LOCAL_TABLE) ?? [];
  return routes.some(({ route, base, bits }) => route.type === "local" && (number & bits) >>> 0 === base);
}

/** The effective value for a device: rp_filter is the higher of `all` and its own, src_valid_mark is either (ip-sysctl.rst). */
export function deviceSetting(machine: Machine, device: string, name: "rp_filter" | "src_valid_mark"): number {
  const key = (of: string) => Number(machine.sysctls.get(`net.ipv4.conf.${of}.${name}`) ?? "0");
  return Math.max(key("all"), key(device.replaceAll(".", "/")));
}

/** The address that MASQUERADE takes: inet_select_addr() prefers one whose network has the next hop, else the first. */
export function sourceOn(machine: Machine, device: string, nextHop: string): string | undefined {
  const own = machine.addresses.filter((entry) => entry.device === device);
  const near = own.find(({ address, prefix }) => {
    const bits = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
    return (toNumber(address) & bits) >>> 0 === (toNumber(nextHop) & bits) >>> 0;
  });
  return (near ?? own[0])?.address;
}
