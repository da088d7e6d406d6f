/** Numbers that nobody on this router uses, to propose where one of ours is taken. Pure. */

import { isChainName } from "../model/chain-name.ts";
import { MAIN_PRIORITY } from "../model/kernel-rules.ts";
import { FULL_MASK, MAIN_TABLE } from "../model/line.ts";
import { formatMark } from "../model/mark.ts";
import type { PacketRule } from "../model/packet-rule.ts";
import { testsOfKind } from "../model/rule-facts.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { present } from "./recognise.ts";

/** Four bits are fifteen links. 0x0f000000 first: by what is known used by no other program but Calico and Cilium. */
const MASKS = [0x0f000000, 0xf0000000, 0x00f00000, 0x000f0000, 0xf000, 0xf00, 0xf0, 0xf].map((mask) => mask >>> 0);

/**
 * A mask whose bits no rule of anybody else's looks at or writes. undefined: there is none.
 * @param written what a rule writes, where it is to be judged as if it were another
 */
export function freeMask(snapshot: Snapshot, written = writtenBits): number | undefined {
  const used = usedBits(snapshot, written);
  return MASKS.find((mask) => (mask & used) === 0);
}

/** Bits of marks that others compare or write, and those that the programs which are there are known to use. */
export function usedBits(snapshot: Snapshot, written = writtenBits): number {
  const compared = snapshot.rules.map((rule) => (rule.mark === undefined ? 0 : (rule.mask ?? rule.mark)));
  const known = present(snapshot).map((footprint) => footprint.mask ?? 0);
  const rules = Object.values(snapshot.iptables).flatMap(({ chains }) =>
    [...chains].flatMap(([chain, { rules }]) => (isChainName(chain) ? [] : rules)),
  );
  const seen = rules.map((rule) => written(rule) | comparedBits(rule));
  return [...compared, ...known, ...seen].reduce((bits, more) => (bits | more) >>> 0, 0);
}

/** Bits of the packet's or the connection's mark that a rule writes. */
export function writtenBits({ target }: PacketRule): number {
  switch (target?.kind) {
    case "setMark":
    case "setConnmark":
    case "tproxy":
      return target.mask;
    case "saveMark":
    case "restoreMark":
      return (target.packetMask | target.connectionMask) >>> 0;
    default:
      return 0;
  }
}

/** Those of them that stay with the connection. */
export function connectionBits(rule: PacketRule): number {
  return rule.target?.kind === "setConnmark" || rule.target?.kind === "saveMark" ? writtenBits(rule) : 0;
}

function comparedBits(rule: PacketRule): number {
  const marks = [...testsOfKind(rule, "mark"), ...testsOfKind(rule, "connmark")];
  return marks.reduce((bits, { mark, mask }) => (bits | (mask === FULL_MASK ? mark : mask)) >>> 0, 0);
}

/** Bands of a thousand, those first that no known program uses. */
const BANDS = [4000, 6000, 7000, 8000, 9000, 11000, 12000, 13000];

/** A run of priorities that no rule has: `[4000, 4999]`. */
export function freePriorities({ rules }: Pick<Snapshot, "rules">): [first: number, last: number] {
  const taken = [...new Set(rules.map((rule) => rule.priority))]
    .filter((p) => p <= MAIN_PRIORITY)
    .sort((a, b) => a - b);
  const band = BANDS.find((first) => !taken.some((p) => p >= first && p < first + 1000));
  if (band !== undefined) return [band, band + 999];
  const edges = [0, ...taken, MAIN_PRIORITY];
  const gaps = edges.slice(1).map((end, i): [number, number] => [edges[i]! + 1, end - 1]);
  return gaps.reduce((best, gap) => (gap[1] - gap[0] > best[1] - best[0] ? gap : best));
}

/** The first of fifteen table numbers in a row that no rule, route or name has. */
export function freeTables({ rules, routes, tableNames }: Snapshot): [first: number, last: number] {
  const taken = new Set([
    ...rules.map((rule) => rule.table),
    ...routes.map((route) => route.table),
    ...tableNames.names.keys(),
    ...[MAIN_TABLE - 1, MAIN_TABLE, MAIN_TABLE + 1],
  ]);
  let first = 101;
  for (let id = first; id < first + 15; id++) if (taken.has(id)) first = id + 1;
  return [first, first + 14];
}

export const sayPriorities = (snapshot: Snapshot) => `priorities ${freePriorities(snapshot).join("-")} are free`;
export const sayTables = (snapshot: Snapshot) => `tables ${freeTables(snapshot).join("-")} are free`;

/** `free here: 0x0f000000`; undefined where every bit is somebody's. */
export function sayMask(snapshot: Snapshot, written = writtenBits): string | undefined {
  const mask = freeMask(snapshot, written);
  return mask === undefined ? undefined : `free here: ${mask === 0x0f000000 ? "0x0f000000" : formatMark(mask)}`;
}

/** For behind a word: ` (free here: ...)`, or nothing. */
export function inBrackets(text: string | undefined): string {
  return text === undefined ? "" : ` (${text})`;
}
