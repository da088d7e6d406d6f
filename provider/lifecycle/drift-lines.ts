import { lineKey } from "../dialects/line-key.ts";
import type { Fragment, Line } from "../model/line.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { bootDrift } from "../plan/boot.ts";
import { driftOf } from "../plan/drift.ts";
import type { Judged, Judging } from "../plan/judge.ts";
import type { Live } from "../plan/live.ts";
import { ownersOf } from "../plan/manifest.ts";
import { isWaiting } from "../plan/waiting.ts";

/**
 * Where the router differs from what the last run left of one resource, in words.
 * @param recorded its lines after that run
 */
export function driftLines(
  { kind, owner, args, manifest, desired, names }: Pick<Judging, "kind" | "owner" | "args"> & Omit<Judged, "adopt">,
  recorded: Fragment,
  snapshot: Snapshot,
  live: Live,
): string[] {
  // What a run that stopped half-way, or another resource that moved on, has left in our name.
  const held = new Set((manifest.get(owner)?.lines ?? []).map(lineKey));
  const isOthers = (line: Line) => ownersOf(manifest, line).some((other) => other !== owner);
  const isInside = kind.territory?.(args) ?? (() => false);
  const territory = (line: Line) => (isInside(line) && !isOthers(line)) || held.has(lineKey(line));
  return [
    ...driftOf(
      live,
      // No drift, and said in a warning: what no run can mend now.
      recorded.filter((line) => !isWaiting(line, live, snapshot)),
      desired,
      territory,
      names,
    ),
    ...(kind.persists ? bootDrift(manifest, snapshot) : []),
  ];
}
