/**
 * Entries of the manifest that no resource stands for any more: the state has lost it, and whatever it had on the router is gone.
 * They would be in the way of other stacks for ever, and what was found would never come back. Pure.
 */

import { stackOf } from "../model/owner.ts";
import type { Live } from "./live.ts";
import type { Entry, Manifest } from "./manifest.ts";
import type { Claims, Request } from "./settlement.ts";

/**
 * Only beside a delete: by then everything that a program declares has been checked, and claims its lines. An entry of which a line is
 * left may be of a resource that is retained, or not among the targets of this run.
 */
export function orphans(manifest: Manifest, live: Live, requests: readonly Request[], claims: Claims): Request[] {
  if (requests.every(({ desired }) => desired !== undefined)) return [];
  const asking = new Set(requests.map(({ owner }) => owner));
  const stacks = new Set(requests.map(({ owner }) => stackOf(owner)));
  return [...manifest]
    .filter(([owner]) => stacks.has(stackOf(owner)) && !asking.has(owner) && !claims.has(owner))
    .filter(([, entry]) => nothingLeft(entry, live))
    .map(([owner]) => ({ owner, desired: undefined }));
}

/** A chain is the resource's whatever was typed into it. */
export function nothingLeft({ lines }: Pick<Entry, "lines">, live: Live): boolean {
  return !lines.some((line) => live.has(line) || (line.kind === "chain" && live.inSlot(line).length > 0));
}
