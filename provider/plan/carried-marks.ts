/** Which marks of others the packets of this stack carry, by the rules that write them. Pure. */

import { writtenBits } from "../coexistence/free.ts";
import { type RuleShape, shapeOf } from "../dialects/iptables/rule-shape.ts";
import { isChainName } from "../kinds/chain-name.ts";
import type { Fragment } from "../model/line.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Carries } from "./in-front.ts";

/** Matches that a packet of any connection may fit. */
const OPEN = new Set(["mark", "connmark", "conntrack", "state", "comment"]);

/** @param declared lines of this stack: by the devices in them its packets come in */
export function carriedMarks({ iptables }: Snapshot, declared: Fragment): Carries {
  const devices = devicesOf(declared);
  const writers = (["raw", "mangle", "nat"] as const).flatMap((table) => {
    const chains = [...(iptables[table]?.chains ?? [])].filter(([name]) => !isChainName(name));
    const reached = (root: string, passes: (rule: string) => boolean) => reachedFrom(chains, root, passes);
    const any = { PREROUTING: reached("PREROUTING", () => true), OUTPUT: reached("OUTPUT", () => true) };
    const open = (rule: string) => isOpen(rule, devices);
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
    const fitting = met.filter(({ rule }) => ((setBy(rule) & mask) ^ mark) === 0);
    return fitting.length === 0 ? "none" : fitting.some(({ open }) => open) ? "all" : "some";
  };
}

function setBy(rule: string): number {
  return Number(/--set-xmark (0x[0-9a-f]+)/.exec(rule)?.[1] ?? 0);
}

type Chains = readonly (readonly [
  name: string,
  rules: { readonly policy: string; readonly rules: readonly string[] },
])[];

/** The chains that packets come to from a built-in one, by jumps that they pass. */
export function reachedFrom(chains: Chains, root: string, passes: (rule: string) => boolean): ReadonlySet<string> {
  const rules = new Map(chains.map(([name, chain]) => [name, chain.rules]));
  const found = new Set([root]);
  for (const chain of found)
    for (const rule of rules.get(chain) ?? []) {
      const target = /(?:^| )-[jg] (\S+)/.exec(rule)?.[1];
      if (target !== undefined && rules.has(target) && passes(rule)) found.add(target);
    }
  return found;
}

function isOpen(rule: string, devices: ReadonlySet<string>): boolean {
  const shape = tried(rule);
  if (!shape) return false;
  return (
    shape.base.every(({ name, negated, values }) => name === "-i" && !negated && devices.has(values[0]?.text ?? "")) &&
    shape.matches.every(({ name }) => OPEN.has(name))
  );
}

function tried(rule: string): RuleShape | undefined {
  try {
    return shapeOf(rule);
  } catch {
    return undefined;
  }
}

/** Devices that lines of a stack name. */
export function devicesOf(declared: Fragment): ReadonlySet<string> {
  const found = declared.flatMap((line): (string | undefined)[] => {
    if (line.kind === "route" || line.kind === "address") return [line.device];
    if (line.kind === "chain") return line.rules.map((rule) => /(?:^| )-i (\S+)/.exec(rule)?.[1]);
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
