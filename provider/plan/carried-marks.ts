/** Which marks of others the packets of this stack carry, by the rules that write them. Pure. */

import { writtenBits } from "../coexistence/free.ts";
import { isChainName } from "../model/chain-name.ts";
import type { Fragment } from "../model/line.ts";
import type { PacketRule } from "../model/packet-rule.ts";
import { chainOf, inDevicesOf, markSetBy } from "../model/rule-facts.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Carries } from "./in-front.ts";

/** Matches that a packet of any connection may fit. */
const OPEN = new Set(["mark", "connmark", "conntrack", "state", "comment"]);

/** @param declared lines of this stack: by the devices in them its packets come in */
export function carriedMarks({ iptables }: Snapshot, declared: Fragment): Carries {
  const devices = devicesOf(declared);
  const writers = (["raw", "mangle", "nat"] as const).flatMap((table) => {
    const chains = [...(iptables[table]?.chains ?? [])].filter(([name]) => !isChainName(name));
    const reached = (root: string, passes: (rule: PacketRule) => boolean) => reachedFrom(chains, root, passes);
    const any = { PREROUTING: reached("PREROUTING", () => true), OUTPUT: reached("OUTPUT", () => true) };
    const open = (rule: PacketRule) => isOpen(rule, devices);
    const all = { PREROUTING: reached("PREROUTING", open), OUTPUT: reached("OUTPUT", open) };
    return chains.flatMap(([chain, { rules }]) =>
      rules
        .filter((rule) => writtenBits(rule) !== 0)
        .flatMap((rule) =>
          (["PREROUTING", "OUTPUT"] as const)
            .filter((hook) => any[hook].has(chain))
            .map((hook) => ({ rule, hook, open: all[hook].has(chain) && open(rule) })),
        ),
    );
  });
  return (mark, mask, fromRouter) => {
    const met = writers.filter(({ hook }) => hook === (fromRouter ? "OUTPUT" : "PREROUTING"));
    if (mark === 0) return met.some(({ rule }) => (writtenBits(rule) & mask) !== 0) ? "some" : "all";
    const fitting = met.filter(({ rule }) => (((markSetBy(rule)?.mark ?? 0) & mask) ^ mark) === 0);
    return fitting.length === 0 ? "none" : fitting.some(({ open }) => open) ? "all" : "some";
  };
}

type Chains = readonly (readonly [
  name: string,
  rules: { readonly policy: string; readonly rules: readonly PacketRule[] },
])[];

/** The chains that packets come to from a built-in one, by jumps that they pass. */
export function reachedFrom(chains: Chains, root: string, passes: (rule: PacketRule) => boolean): ReadonlySet<string> {
  const rules = new Map(chains.map(([name, chain]) => [name, chain.rules]));
  const found = new Set([root]);
  for (const chain of found)
    for (const rule of rules.get(chain) ?? []) {
      const target = chainOf(rule);
      if (target !== undefined && rules.has(target) && passes(rule)) found.add(target);
    }
  return found;
}

function isOpen({ matches, opaque }: PacketRule, devices: ReadonlySet<string>): boolean {
  if (opaque) return false;
  return matches.every((match) => {
    if (match.kind === "module") return OPEN.has(match.module);
    return match.kind === "inDevice" && !match.negated && !match.device.isPrefix && devices.has(match.device.name);
  });
}

/** Devices that lines of a stack name. */
export function devicesOf(declared: Fragment): ReadonlySet<string> {
  const found = declared.flatMap((line): (string | undefined)[] => {
    if (line.kind === "route" || line.kind === "address") return [line.device];
    if (line.kind === "chain") return line.rules.flatMap(inDevicesOf);
    return [];
  });
  return new Set(found.filter((device) => device !== undefined));
}

/** Networks and addresses that lines of a stack name, without the default route's. */
export function networksOf(declared: Fragment): readonly string[] {
  const found = declared.flatMap((line): string[] => {
    if (line.kind === "address") return [line.address];
    return line.kind === "route" && line.destination !== "default" ? [line.destination] : [];
  });
  return [...new Set(found)];
}
