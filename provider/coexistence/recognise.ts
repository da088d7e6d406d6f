/** Whose a line is that is not ours, as far as the line and what stands around it tell. Pure. */

import type { Line, RouteLine, RuleLine } from "../model/line.ts";
import type { PacketRule } from "../model/packet-rule.ts";
import { chainOf, markSetBy, testsOfKind } from "../model/rule-facts.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { FOOTPRINTS, type Footprint, PROTOCOLS } from "./footprints.ts";

/** `Tailscale`, or undefined: nobody is named on a guess. */
export function neighbourOf(line: Line, snapshot: Snapshot): string | undefined {
  switch (line.kind) {
    case "rule":
      return ruleOwner(line, snapshot);
    case "route":
      return routeOwner(line, snapshot);
    case "chain":
      return byChain(line.chain) ?? firstOf(line.rules.map(packetRuleOwner));
    case "hook":
      return byChain(line.chain) ?? packetRuleOwner(line.rule) ?? byMark(line.rule, snapshot);
    case "table-name":
      return byTable(line.id, line.name, snapshot);
    case "address":
      return byDevice(line.device);
    case "sysctl":
    case "file":
      return undefined;
  }
}

/** ` (it looks like Tailscale's)`, for behind the line in a message; "" where nobody is known. */
export function looksLike(line: Line, snapshot: Snapshot): string {
  const name = neighbourOf(line, snapshot);
  return name === undefined ? "" : ` (it looks like ${possessive(name)})`;
}

export function possessive(name: string): string {
  const [word, more] = name.split(" (");
  return `${word}'s${more === undefined ? "" : ` (${more}`}`;
}

/** The neighbours of which the router shows anything at all. */
export function present(snapshot: Snapshot): readonly Footprint[] {
  let found = seen.get(snapshot);
  if (!found) {
    found = FOOTPRINTS.filter((footprint) => isPresent(footprint, snapshot));
    seen.set(snapshot, found);
  }
  return found;
}
const seen = new WeakMap<Snapshot, readonly Footprint[]>();

function isPresent(footprint: Footprint, { capabilities, devices, iptables, tableNames, rules }: Snapshot): boolean {
  const { chains, comments, nft, devices: names, tableNames: tables, daemons, rule } = footprint;
  const all = Object.values(iptables).flatMap((table) => [...table.chains]);
  return (
    (daemons?.some((name) => capabilities.daemons.includes(name)) ?? false) ||
    (nft !== undefined && (capabilities.nftTables ?? []).some((name) => nft.test(name))) ||
    (names !== undefined && devices.some((device) => names.test(device.name))) ||
    (tables !== undefined && [...tableNames.names.values()].some((name) => tables.test(name))) ||
    (chains !== undefined && all.some(([name]) => chains.test(name))) ||
    (comments !== undefined && all.some(([, c]) => c.rules.some((rule) => hasComment(rule, comments)))) ||
    (rule !== undefined && rules.some(rule))
  );
}

function ruleOwner(line: RuleLine, snapshot: Snapshot): string | undefined {
  const signed = /(?:^| )proto (\S+)/.exec(line.rest ?? "")?.[1];
  const device = /(?:^| )[io]if (\S+)/.exec(line.rest ?? "")?.[1];
  return (
    PROTOCOLS.get(signed ?? "") ??
    FOOTPRINTS.find((footprint) => footprint.rule?.(line))?.name ??
    (line.table === undefined ? undefined : byTable(line.table, snapshot.tableNames.names.get(line.table), snapshot)) ??
    (device === undefined ? undefined : byDevice(device)) ??
    present(snapshot).find((footprint) => footprint.maybeRule?.(line))?.name
  );
}

function routeOwner(line: RouteLine, snapshot: Snapshot): string | undefined {
  const manager = snapshot.devices.find((device) => device.name === line.device)?.managedBy;
  return (
    (line.protocol === undefined ? undefined : PROTOCOLS.get(line.protocol)) ??
    byTable(line.table, snapshot.tableNames.names.get(line.table), snapshot) ??
    (line.device === undefined ? undefined : byDevice(line.device)) ??
    (line.protocol === "static" ? manager : undefined)
  );
}

function byChain(chain: string): string | undefined {
  return FOOTPRINTS.find((footprint) => footprint.chains?.test(chain))?.name;
}

function byDevice(device: string): string | undefined {
  return FOOTPRINTS.find((footprint) => footprint.devices?.test(device))?.name;
}

/** A number alone tells only in a range that nobody types by chance; a small one needs the program itself beside it. */
function byTable(id: number, name: string | undefined, snapshot: Snapshot): string | undefined {
  const named = FOOTPRINTS.find((footprint) => name !== undefined && footprint.tableNames?.test(name));
  if (named) return named.name;
  const fits = (footprint: Footprint) =>
    footprint.tables !== undefined && id >= footprint.tables[0] && id <= footprint.tables[1];
  return (id > 1000 ? FOOTPRINTS : present(snapshot)).find(fits)?.name;
}

/** By where it jumps, what its comment says, and the devices it names. */
function packetRuleOwner(rule: PacketRule): string | undefined {
  const devices = [...testsOfKind(rule, "inDevice"), ...testsOfKind(rule, "outDevice")].map(
    ({ device }) => device.name,
  );
  return (
    byChain(chainOf(rule) ?? "") ??
    FOOTPRINTS.find(({ comments }) => comments && hasComment(rule, comments))?.name ??
    firstOf(devices.map(byDevice))
  );
}

/** A rule in a built-in chain that writes bits of a program that is there. */
function byMark(rule: PacketRule, snapshot: Snapshot): string | undefined {
  const { target } = rule;
  const mask = target && "packetMask" in target ? target.packetMask : markSetBy(rule)?.mask;
  if (mask === undefined) return undefined;
  return present(snapshot).find((footprint) => footprint.mask !== undefined && (mask & ~footprint.mask) === 0)?.name;
}

function hasComment(rule: PacketRule, pattern: RegExp): boolean {
  return testsOfKind(rule, "comment").some(({ text }) => pattern.test(text));
}

function firstOf(names: readonly (string | undefined)[]): string | undefined {
  return names.find((name) => name !== undefined);
}
