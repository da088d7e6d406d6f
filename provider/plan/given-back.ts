/**
 * Whether what was there before a managed line can come back as the router is now: its device, its gateway or its chain may be gone
 * since. What cannot is left out and named; the rest goes on. Pure.
 */

import { formatLine } from "../dialects/fragment.ts";
import { contains, overlap } from "../model/ip.ts";
import type { AddressLine, Fragment, Line, RouteLine, TableNames } from "../model/line.ts";
import { shortName } from "../model/owner.ts";
import type { PacketRule } from "../model/packet-rule.ts";
import { escaped } from "../model/printable.ts";
import { chainOf } from "../model/rule-facts.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { type Entry, inSlot } from "./manifest.ts";
import type { Lost, Owned } from "./settlement.ts";

/**
 * "" where it goes without saying: a setting of a device has gone with it. Only what is sure: a line that is taken for lost does
 * not come back, and one that is not, and is, makes the change fail.
 */
export type WhyLost = (line: Line) => string | undefined;

type Around = Pick<Snapshot, "devices" | "strange" | "addresses" | "routes" | "sysctls" | "iptables" | "tableNames">;

/** @param memory all that was found: an address or a chain that a line needs may be on its way back itself */
export function lostOn(router: Around, memory: Fragment): WhyLost {
  return (line) => {
    switch (line.kind) {
      case "sysctl":
        return router.sysctls.has(line.key) ? undefined : "";
      case "address":
        return noDevice(line.device, router);
      case "route":
        return routeLost(line, router, memory);
      case "chain":
        return firstOf(line.rules.map((rule) => chainLost(rule, line.table, router, memory)));
      case "hook":
        return chainLost(line.rule, line.table, router, memory);
      case "table-name":
        return router.tableNames.fixed === undefined ? undefined : `${router.tableNames.fixed} cannot be written`;
      // A rule by a device that is not there waits for it.
      case "rule":
      case "file":
        return undefined;
    }
  };
}

function noDevice(name: string, { devices, strange = [] }: Around): string | undefined {
  return devices.some((device) => device.name === name) || strange.includes(name)
    ? undefined
    : `the router has no device ${name} any more`;
}

function routeLost(route: RouteLine, router: Around, memory: Fragment): string | undefined {
  const { gateway, device, onlink, rest = "" } = route;
  const devices = [...(device === undefined ? [] : [device]), ...[...rest.matchAll(/\bdev (\S+)/g)].map(([, d]) => d!)];
  const unusable = firstOf(devices.map((name) => noDevice(name, router) ?? down(name, router)));
  if (unusable !== undefined || device === undefined || gateway === undefined || onlink) return unusable;
  const addresses = [...router.addresses, ...memory.filter((line): line is AddressLine => line.kind === "address")];
  const routes = [...router.routes, ...memory.filter((line): line is RouteLine => line.kind === "route")];
  const near =
    addresses.some((a) => a.device === device && (a.rest?.includes("peer ") || contains(prefixOf(a), gateway))) ||
    routes.some(
      (r) =>
        r.type === "unicast" &&
        r.gateway === undefined &&
        (r.device === device || (r.device === undefined && !r.rest?.includes("nexthop"))) &&
        (r.destination === "default" || overlap(r.destination, gateway)),
    );
  return near ? undefined : `the router has no way to the gateway ${gateway} on ${device} any more`;
}

const prefixOf = ({ address, prefix }: AddressLine) => `${address}/${prefix}`;

/** The kernel takes no route there. */
function down(name: string, { devices }: Around): string | undefined {
  return devices.some((device) => device.name === name && !device.up) ? `${name} is down` : undefined;
}

/** The chain that a rule leads to. Targets that are no chains are spelt in capitals; so are some chains, which nobody can tell. */
function chainLost(
  rule: PacketRule,
  table: keyof Around["iptables"],
  router: Around,
  memory: Fragment,
): string | undefined {
  const chain = rule.opaque ? undefined : chainOf(rule);
  if (chain === undefined || !/[^A-Z0-9_]/.test(chain)) return undefined;
  const there =
    router.iptables[table]?.chains.has(chain) ||
    memory.some((line) => line.kind === "chain" && line.table === table && line.chain === chain);
  return there ? undefined : `the router has no chain ${chain} in its ${table} table any more`;
}

function firstOf(reasons: readonly (string | undefined)[]): string | undefined {
  return reasons.find((reason) => reason !== undefined);
}

/** What a preview says of lines that a resource lets go: of those that were before them, which do not come back? */
export function leavingLost(had: Entry | undefined, desired: Fragment, owner: string, why: WhyLost, names: TableNames) {
  return (had?.lines ?? [])
    .filter((line) => inSlot(desired, line).length === 0)
    .flatMap((line) => inSlot(had!.found, line))
    .flatMap((line) => sayLost({ owner, line, why: why(line) ?? "" }, names));
}

/** In words, unless it goes without saying. */
export function sayLost({ owner, line, why }: Lost, names?: TableNames): string[] {
  if (why === "") return [];
  const what = shortName(owner);
  return [
    escaped(
      `"${formatLine(line, names)[0]}" was there before ${what} and is not given back: ${why}. See to it by hand`,
    ),
  ];
}

/** Names of tables that a file keeps which nobody can write: they are only for showing. */
export function stayingNames(drop: readonly Owned[], { tableNames }: Pick<Around, "tableNames">): Owned[] {
  return tableNames.fixed === undefined ? [] : drop.filter(({ line }) => line.kind === "table-name");
}

export function sayStaying(line: Line, { tableNames }: Pick<Around, "tableNames">): string {
  const text = formatLine(line)[0]!.replace(/^\/.*: /, "");
  return escaped(`"${text}" stays in ${tableNames.fixed}, which cannot be written; remove it by hand`);
}
