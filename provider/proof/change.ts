/** What a change would do to the connections of a router, its foreign rules included. */
import type { Snapshot } from "../kernel/snapshot.ts";
import type { Manifest } from "../plan/manifest.ts";
import type { Proved } from "./claim.ts";
import { machineOf } from "./machine.ts";
import { obligationsOfManifest } from "./of-manifest.ts";
import { prove } from "./prove.ts";

export interface Side {
  readonly snapshot: Snapshot;
  readonly manifest: Manifest;
}

/**
 * Claims that hold before a change, or were not made then, and do not hold after it. What was broken before, by somebody's rule
 * for instance, is not held against a change: it may be one of several that mend it.
 */
export function brokenBy(before: Side, after: Side): Proved[] {
  const broken = refuted(after);
  if (broken.length === 0) return [];
  const known = new Set(refuted(before).map(nameOf));
  return broken.filter((proved) => !known.has(nameOf(proved)));
}

const nameOf = ({ claim }: Proved) => `${claim.name} ${claim.when}`;

function refuted({ snapshot, manifest }: Side): Proved[] {
  const machine = machineOf(snapshot);
  return prove(machine, obligationsOfManifest(manifest, machine)).filter(isBroken);
}

/** A link that is up and loses connections. What would be lost if another one went down is worth a word, and not a way back. */
export function isBroken({ claim, answer }: Proved): boolean {
  return answer.kind === "no" && claim.down === undefined;
}
