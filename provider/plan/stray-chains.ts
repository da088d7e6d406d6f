/** Chains that are named as those of resources are, and whose they are where the manifest does not say. Pure. */

import { lineSlot } from "../dialects/line-key.ts";
import { familyOf, isChainName } from "../model/chain-name.ts";
import type { Fragment, IptablesTable, Line } from "../model/line.ts";
import { plainJumpOf } from "../model/rule-facts.ts";
import type { ChainRules, Snapshot } from "../model/snapshot.ts";
import { isOfOurName, isOwnHook } from "./hooks.ts";
import { liveOf } from "./live.ts";
import { type Manifest, managedLines, parseHead } from "./manifest.ts";
import type { Claims, Request } from "./settlement.ts";

/** The names of resources, as their chains have them. */
export function familiesOf(lines: Fragment): ReadonlySet<string> {
  const chains = lines.flatMap((line) => (line.kind === "chain" ? [line.chain] : []));
  return new Set(chains.map(familyOf).filter((family) => family !== undefined));
}

/**
 * The chains of these names, what they lead to, and the jumps to them; listed or not. What was there before the first managed line
 * is foreign.
 */
export function strayChains(snapshot: Snapshot, families: ReadonlySet<string>): Line[] {
  if (families.size === 0) return [];
  const foreign = new Set(parseHead(snapshot.manifest).foreign?.split(" ") ?? []);
  return Object.entries(snapshot.iptables).flatMap(([name, { chains }]) => {
    const table = name as IptablesTable;
    const isTheirs = (chain: string) =>
      chains.get(chain)?.policy === "-" && isChainName(chain) && !foreign.has(`${table}/${chain}`);
    const found = new Set([...chains.keys()].filter((chain) => families.has(familyOf(chain) ?? "") && isTheirs(chain)));
    for (const chain of found)
      for (const rule of chains.get(chain)!.rules) {
        const { target } = rule;
        if (target?.kind === "jump" && isTheirs(target.chain)) found.add(target.chain);
      }
    return [...chains].flatMap(([chain, { policy, rules }]) => linesIn(table, chain, { policy, rules }, found));
  });
}

function linesIn(
  table: IptablesTable,
  chain: string,
  { policy, rules }: ChainRules,
  found: ReadonlySet<string>,
): Line[] {
  if (policy === "-") return found.has(chain) ? [{ kind: "chain", table, chain, rules }] : [];
  return rules
    .filter((rule) => isOwnHook(rule) && found.has(plainJumpOf(rule)!))
    .map((rule) => ({ kind: "hook", table, chain, rule }));
}

/** For the manifest's head. */
export function foreignNames(
  snapshot: Snapshot,
  next: Manifest,
  requests: readonly Request[],
  claims: Claims,
): { foreign?: string } {
  const managed = new Set(
    [
      ...managedLines(next),
      ...requests.flatMap(({ desired = [], recorded }) => [...desired, ...(recorded?.lines ?? [])]),
      ...[...claims.values()].flat(),
    ].map(lineSlot),
  );
  const before = parseHead(snapshot.manifest).foreign?.split(" ");
  const isFirst = snapshot.manifest === undefined && (snapshot.left ?? []).length === 0;
  const names = liveOf(snapshot).lines.flatMap((line) => {
    if (line.kind !== "chain" || !isOfOurName(line) || managed.has(lineSlot(line))) return [];
    const name = `${line.table}/${line.chain}`;
    return isFirst || before?.includes(name) ? [name] : [];
  });
  return names.length > 0 ? { foreign: names.sort().join(" ") } : {};
}
