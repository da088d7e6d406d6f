/**
 * What a rollback that did not come to its end has left on a router: beside the manifest then lies the one that the change was to
 * bring, and chains of a name that only it lists. Managed lines all the same: the next change clears them. Pure.
 */

import { lineKey, lineSlot } from "../dialects/line-key.ts";
import type { Line } from "../model/line.ts";
import { orElse } from "../model/not-understood.ts";
import { stackOf } from "../model/owner.ts";
import type { ChainRules, Snapshot } from "../model/snapshot.ts";
import { type Entry, holderOf, inSlot, type Manifest, managedLines, ownersOf, parseManifest } from "./manifest.ts";
import type { Claims, Owned, Request } from "./settlement.ts";
import { familiesOf, strayChains } from "./stray-chains.ts";

type Left = Pick<Snapshot, "left" | "manifest">;

/** Per owner, what failed changes were to bring and the manifest does not have. */
export function leftovers({ left = [], manifest }: Left): Manifest {
  // Every resource of a run asks, and a manifest may be long.
  if (left.length === 0) return new Map();
  const known = parseManifest(manifest);
  const merged = new Map<string, Entry>();
  for (const text of left)
    for (const [owner, { lines, found }] of readable(text)) {
      const before = merged.get(owner) ?? { lines: [], found: [] };
      const fresh = lines.filter(
        (line) => ownersOf(known, line).length === 0 && inSlot(before.lines, line).length === 0,
      );
      const kept = [...(known.get(owner)?.found ?? []), ...before.found].map(lineKey);
      const memory = found.filter((line) => !kept.includes(lineKey(line)));
      if (fresh.length > 0)
        merged.set(owner, { lines: [...before.lines, ...fresh], found: [...before.found, ...memory] });
    }
  return merged;
}

function readable(text: string): Manifest {
  return orElse(
    () => parseManifest(text),
    () => new Map(),
  );
}

/** The manifest with them: their owners know what was there before. */
export function withLeftovers(manifest: Manifest, left: Manifest): Manifest {
  if (left.size === 0) return manifest;
  const all = new Map(manifest);
  for (const [owner, { lines, found }] of left) {
    const own = all.get(owner) ?? { lines: [], found: [] };
    const fresh = lines.filter((line) => inSlot(own.lines, line).length === 0);
    const memory = found.filter((line) => inSlot(own.found, line).length === 0);
    all.set(owner, { lines: [...own.lines, ...fresh], found: [...own.found, ...memory] });
  }
  return all;
}

/**
 * What the next change does for owners that do not ask by themselves: they go back to what they were.
 * @returns `pending`: some are declared, and will ask later in this run
 */
export function clearing(
  snapshot: Left,
  requests: readonly Request[],
  claims: Claims,
): { readonly requests: readonly Request[]; readonly pending: boolean } {
  const asking = new Set(requests.map(({ owner }) => owner));
  const stacks = new Set(requests.map(({ owner }) => stackOf(owner)));
  const silent = [...leftovers(snapshot).keys()].filter((owner) => stacks.has(stackOf(owner)) && !asking.has(owner));
  if (silent.length === 0) return { requests: [], pending: false };
  const known = parseManifest(snapshot.manifest);
  return {
    requests: silent
      .filter((owner) => !claims.has(owner))
      .map((owner): Request => ({ owner, desired: known.get(owner)?.lines })),
    pending: silent.some((owner) => claims.has(owner)),
  };
}

/**
 * What of the chains that resources have named is left where the last resource of that name goes: a failed rollback may leave
 * more of them than anybody has listed.
 */
export function lastOnes(
  snapshot: Snapshot,
  before: Manifest,
  next: Manifest,
  claims: Claims,
  dropped: readonly Owned[],
): Owned[] {
  const owner = dropped[0]?.owner;
  if (owner === undefined) return [];
  const staying = [...managedLines(next), ...[...claims.values()].flat()];
  const stay = familiesOf(staying);
  const families = new Set([...familiesOf(managedLines(before))].filter((family) => !stay.has(family)));
  if (families.size === 0) return [];
  const known = new Set([...staying, ...dropped.map(({ line }) => line)].map(lineSlot));
  return strayChains(snapshot, families)
    .filter((line) => !known.has(lineSlot(line)))
    .map((line) => ({ owner, line }));
}

/** The router as it was without them: what was broken by them alone was not broken before. */
export function withoutLeftovers(snapshot: Snapshot): Snapshot {
  const known = parseManifest(snapshot.manifest);
  const left = leftovers(snapshot);
  const keys = new Set([...left.values()].flatMap(({ lines }) => lines.map(lineKey)));
  // A listed chain that somebody has changed is none of them.
  const strays = strayChains(snapshot, familiesOf(managedLines(known))).filter(
    (line) => holderOf(known, line) === undefined,
  );
  for (const line of strays) keys.add(lineKey(line));
  const gone = (line: Line) => keys.has(lineKey(line));
  const tables = Object.entries(snapshot.iptables).map(([name, { chains }]) => {
    const table = name as keyof Snapshot["iptables"];
    const kept = [...chains].flatMap(([chain, { policy, rules }]): [string, ChainRules][] => {
      if (policy === "-") return gone({ kind: "chain", table, chain, rules }) ? [] : [[chain, { policy, rules }]];
      return [[chain, { policy, rules: rules.filter((rule) => !gone({ kind: "hook", table, chain, rule })) }]];
    });
    return [table, { chains: new Map(kept) }] as const;
  });
  return {
    ...snapshot,
    rules: snapshot.rules.filter((line) => !gone(line)),
    routes: snapshot.routes.filter((line) => !gone(line)),
    iptables: Object.fromEntries(tables),
  };
}
