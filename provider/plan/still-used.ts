/**
 * What has to stay for a while though its resource has let it go: a run moves one resource after the other, and packets
 * come in between. Pure.
 */
import { type Fragment, FULL_MASK, type Line, MAIN_TABLE, type RouteLine, type RuleLine } from "../model/line.ts";
import { stackOf } from "../model/owner.ts";
import { markSetBy } from "../model/rule-facts.ts";
import type { Manifest } from "./manifest.ts";
import type { Claims } from "./settlement.ts";
import type { Heir } from "./take-over.ts";

/**
 * The owners of lines that still lead packets to one that the resource no longer wants: rules that look up the table of a route,
 * chains that set the mark of a rule. Only where all of that table or mark has been left for another one, and only owners
 * that will have left it too when this run is over: they have declared so, or have not been asked yet, or are gone from the
 * program. They are to take the line over, and drop it when they move.
 */
export function stillUsedBy(
  line: Line,
  { owner, former = owner }: Pick<Heir, "owner" | "former">,
  desired: Fragment,
  manifest: Manifest,
  claims: Claims,
): readonly string[] {
  const leads = leadsTo(line);
  if (leads === undefined || desired.some((l) => l.kind === line.kind && takesOver(l, line))) return [];
  // A stack that has been renamed moves one resource after the other.
  const stacks = new Set([stackOf(owner), stackOf(former)]);
  return [...manifest]
    .filter(([other, { lines }]) => other !== owner && stacks.has(stackOf(other)) && lines.some(leads))
    .filter(([other]) => !(claims.get(other) ?? []).some(leads))
    .map(([other]) => other);
}

/** Which lines lead packets to this one; undefined where none have to. */
function leadsTo(line: Line): ((other: Line) => boolean) | undefined {
  if (line.kind === "route" && line.table !== MAIN_TABLE) return (l) => l.kind === "rule" && l.table === line.table;
  if (line.kind !== "rule" || line.mark === undefined) return undefined;
  return (l) => l.kind === "chain" && l.rules.some((rule) => matches(line, markSetBy(rule)?.mark));
}

/** What came in the place of a line that moves: the same table's, or a rule for the same packets. */
function takesOver(next: Line, line: Line): boolean {
  if (next.kind === "route") return next.table === (line as RouteLine).table;
  return next.kind === "rule" && matches(next, (line as RuleLine).mark);
}

function matches({ mark, mask = FULL_MASK }: RuleLine, packet: number | undefined): boolean {
  return packet !== undefined && mark !== undefined && (packet & mask) >>> 0 === mark;
}
