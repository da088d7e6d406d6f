/**
 * A number or a device that passes from one link to another. A run moves tables first, then the rules by mark, then the chain
 * that sets the marks, each in a transaction of its own, and packets come in between: what a device is marked with must lead
 * out by that device all the time. Pure.
 */

import { FULL_MASK, type Line, MAIN_TABLE, type RouteLine, type RuleLine } from "../model/line.ts";
import { formatMark } from "../model/mark.ts";
import { markSetBy } from "../model/rule-facts.ts";
import type { Collision } from "./collision.ts";
import type { Live } from "./live.ts";
import { type Manifest, managedLines } from "./manifest.ts";
import type { Claims } from "./settlement.ts";

/** @param claims lines of the resources judged before, and of this one: of any other the lines that stand count */
export function passedOn(owner: string, manifest: Manifest, live: Live, claims: Claims): Collision[] {
  const own = new Set<Line>(claims.get(owner));
  const held = manifest.get(owner)?.lines ?? [];
  const standing = managedLines(manifest).filter((line) => live.has(line));
  const declared = [...claims.values()].flat();
  const wayOf = (table: number) => declared.find(isWayOf(table)) ?? standing.find(isWayOf(table));
  for (const { device, mark } of standing.flatMap(marksOf)) {
    const stays = declared.filter(isWay).find((line) => line.device === device);
    const before = standing.find(looksFor(mark));
    const after = declared.find(looksFor(mark)) ?? before;
    for (const rule of stays ? [before, after] : []) {
      const way = rule?.table === undefined ? undefined : wayOf(rule.table);
      const cause = [rule, way, stays].find((line) => line !== undefined && own.has(line));
      if (!way || way.device === device || !cause) continue;
      return [{ path: [argument(cause, held)], message: sentence(device, mark, rule!.table!, way) }];
    }
  }
  return [];
}

function sentence(device: string, mark: number, table: number, way: RouteLine): string {
  return `the packets of ${device} carry the mark ${formatMark(mark)}, and until this run has changed that they would use table ${table} and leave by ${way.device}. No table, mark or device passes from one link to another in one run: give one of the links an id (or table and mark) that no link has and run pulumi up, then the other one its new id, then the first; where links have exchanged their devices, let id, table and mark stay with the device and exchange the names`;
}

/** What of the arguments has brought it about. */
function argument(cause: RouteLine | RuleLine, held: readonly Line[]): "table" | "mark" | "device" {
  if (cause.kind === "rule") return "mark";
  return held.some((line) => line.kind === "route" && line.table === cause.table) ? "device" : "table";
}

function isWay(line: Line): line is RouteLine {
  return (
    line.kind === "route" && line.type === "unicast" && line.destination === "default" && line.table !== MAIN_TABLE
  );
}

function isWayOf(table: number) {
  return (line: Line): line is RouteLine => isWay(line) && line.table === table;
}

/** Rules that a packet with this mark meets. */
export function looksFor(packet: number) {
  return (line: Line): line is RuleLine =>
    line.kind === "rule" && line.mark !== undefined && (packet & (line.mask ?? FULL_MASK)) >>> 0 === line.mark;
}

export interface Marking {
  readonly device: string;
  readonly mark: number;
  /** Every packet that comes in, not its connection alone. */
  readonly every: boolean;
}

/** Of a chain that marks what comes in by a device. */
export function marksOf(line: Line): Marking[] {
  if (line.kind !== "chain" || line.table !== "mangle") return [];
  return line.rules.flatMap((rule) => {
    const [test, ...more] = rule.matches;
    const mark = markSetBy(rule)?.mark;
    if (test?.kind !== "inDevice" || test.negated || more.length > 0 || mark === undefined) return [];
    return [{ device: test.device.name, mark, every: rule.target?.kind === "setMark" }];
  });
}
