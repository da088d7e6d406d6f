/** The router as a change will leave it, told from the lines that it puts and drops. Pure. */

import { lineKey, lineSlot } from "../dialects/line-key.ts";
import { withoutLength } from "../model/ip.ts";
import { type AddressLine, type IptablesTable, type Line, LOCAL_TABLE, type RouteLine } from "../model/line.ts";
import type { ChainRules, Snapshot } from "../model/snapshot.ts";
import type { Owned } from "./settlement.ts";
import type { TableChange } from "./table-change.ts";

export interface Change {
  readonly put: readonly Owned[];
  readonly drop: readonly Owned[];
  readonly tables: readonly TableChange[];
}

/**
 * What decides about packets: addresses with the routes that the kernel makes and takes along with them, routes, rules, chains,
 * settings, and names of tables. Files and the rest stay as they were read.
 */
export function predicted(snapshot: Snapshot, { put, drop, tables }: Change): Snapshot {
  const linesOf = <Kind extends Line["kind"]>(owned: readonly Owned[], kind: Kind) =>
    owned.map(({ line }) => line).filter((line): line is Extract<Line, { kind: Kind }> => line.kind === kind);
  const gone = new Set(drop.map(({ line }) => lineKey(line)));
  const stays = (line: Line) => !gone.has(lineKey(line));
  const leaving = linesOf(drop, "address");
  const coming = linesOf(put, "address");
  const names = new Map(snapshot.tableNames.names);
  for (const { id } of linesOf(drop, "table-name")) names.delete(id);
  for (const { id, name } of linesOf(put, "table-name")) names.set(id, name);
  return {
    ...snapshot,
    addresses: [
      ...snapshot.addresses.filter(({ dynamic: _, scope, ...address }) => stays({ ...address, scope })),
      ...coming.map((line) => ({ ...line, dynamic: false, scope: line.scope ?? "global" })),
    ],
    routes: routesAfter(snapshot.routes, put, stays, leaving, coming),
    // The kernel puts a rule behind those of its priority.
    rules: [...snapshot.rules.filter(stays), ...linesOf(put, "rule")],
    sysctls: new Map([...snapshot.sysctls, ...linesOf(put, "sysctl").map(({ key, value }) => [key, value] as const)]),
    iptables: tablesAfter(snapshot.iptables, tables),
    tableNames: { ...snapshot.tableNames, names },
  };
}

function routesAfter(
  before: readonly RouteLine[],
  put: readonly Owned[],
  stays: (line: Line) => boolean,
  leaving: readonly AddressLine[],
  coming: readonly AddressLine[],
): RouteLine[] {
  const isOf = (route: RouteLine, { address, device }: AddressLine) =>
    route.device === device &&
    (route.source === address || (isLocal(route) && withoutLength(route.destination) === address));
  const routes = before.filter((route) => stays(route) && !leaving.some((line) => isOf(route, line)));
  for (const { line, behind } of put) {
    if (line.kind !== "route") continue;
    // `ip route replace` takes the first of its place.
    const at = behind ? -1 : routes.findIndex((route) => lineSlot(route) === lineSlot(line));
    if (at < 0) routes.push(line);
    else routes[at] = line;
  }
  return [...routes, ...coming.map(localRoute)];
}

const isLocal = ({ type, table }: RouteLine) => type === "local" && table === LOCAL_TABLE;

/** By which an address is the router's own. */
export function localRoute({ address, device }: Pick<AddressLine, "address" | "device">): RouteLine {
  return {
    ...{ kind: "route", type: "local", destination: `${address}/32`, device, table: LOCAL_TABLE },
    ...{ metric: 0, onlink: false, scope: "host" },
  };
}

function tablesAfter(before: Snapshot["iptables"], changes: readonly TableChange[]): Snapshot["iptables"] {
  const changed = changes.map(({ table, after }): [IptablesTable, { chains: Map<string, ChainRules> }] => {
    const policy = (chain: string) => before[table]?.chains.get(chain)?.policy ?? "ACCEPT";
    const builtIn = [...after.builtIn].map(([name, rules]) => [name, { policy: policy(name), rules }] as const);
    const own = [...after.chains].map(([name, rules]) => [name, { policy: "-", rules }] as const);
    return [table, { chains: new Map<string, ChainRules>([...builtIn, ...own]) }];
  });
  return { ...before, ...Object.fromEntries(changed) };
}
