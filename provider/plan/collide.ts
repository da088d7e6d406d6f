/** Foreign lines, and lines of other resources, that ours cannot live with. Found before anything is touched. */

import { inBrackets, sayMask, sayPriorities } from "../coexistence/free.ts";
import { NETWORKD_DROP_IN } from "../coexistence/networkd.ts";
import { looksLike } from "../coexistence/recognise.ts";
import { formatLine } from "../dialects/fragment.ts";
import { wordsOf } from "../dialects/iproute2/rule.ts";
import { lineKey, lineSlot } from "../dialects/line-key.ts";
import { overlap } from "../model/ip.ts";
import {
  type ChainLine,
  type FileLine,
  type Fragment,
  FULL_MASK,
  type Line,
  MAIN_TABLE,
  type RuleLine,
  type TableNames,
} from "../model/line.ts";
import { shortName } from "../model/owner.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { markCollisions } from "./collide-marks.ts";
import type { Collision } from "./collision.ts";
import { isManagedFile } from "./found-before.ts";
import { type Manifest, ownersOf } from "./manifest.ts";
import { argument, kindOfOwner } from "./owner-kind.ts";
import type { Claims } from "./settlement.ts";

interface Seen {
  readonly snapshot: Snapshot;
  readonly manifest: Manifest;
}

export function collisions(
  owner: string,
  desired: Fragment,
  { snapshot, manifest }: Seen,
  claims: Claims,
  names: TableNames,
  adopt: Fragment = [],
): Collision[] {
  const show = (line: Line) => formatLine(line, names)[0]!;
  const leaving = new Set(adopt.map(lineKey));
  const isForeign = (line: Line) => ownersOf(manifest, line).length === 0 && !leaving.has(lineKey(line));
  const keys = new Set(desired.map(lineKey));
  const around: Around = {
    ...{ owner, snapshot, show, isForeign },
    rules: snapshot.rules.filter((rule) => isForeign(rule) && !keys.has(lineKey(rule))),
    known: new Set([...manifest.values()].flatMap((entry) => entry.lines.map(lineSlot))),
  };
  return [
    ...sameName(owner, desired),
    ...misnamed(desired, snapshot),
    ...desired.flatMap((line) => inTheWayOf(line, around)),
    ...[...claims].flatMap(([other, lines]) => (other === owner ? [] : exclusions(owner, desired, other, lines, show))),
    ...markCollisions(desired, snapshot, isForeign),
  ];
}

/** The router as one line of a resource meets it. */
interface Around {
  readonly owner: string;
  readonly snapshot: Snapshot;
  /** Foreign rules that are not wanted themselves. */
  readonly rules: readonly RuleLine[];
  /** Slots of the lines in the manifest. */
  readonly known: ReadonlySet<string>;
  readonly show: (line: Line) => string;
  readonly isForeign: (line: Line) => boolean;
}

function inTheWayOf(line: Line, around: Around): Collision[] {
  switch (line.kind) {
    case "rule":
      return around.rules.flatMap((rule) => ruleInTheWay(rule, line, around));
    case "chain":
      return chainInTheWay(line, around);
    case "file":
      return fileInTheWay(line, around);
    case "address":
    case "sysctl":
    case "table-name":
    case "route":
    case "hook":
      return [];
  }
}

function ruleInTheWay(rule: RuleLine, line: RuleLine, { owner, snapshot, show }: Around): Collision[] {
  const shown = () => `"${show(rule)}"${looksLike(rule, snapshot)}`;
  if (rule.priority === line.priority && !alike(rule, line)) {
    const message = `${line.priority} is taken on the router: ${shown()}; ${sayPriorities(snapshot)}`;
    return [{ path: [argument(owner, "priority", line)], message }];
  }
  if (!marksOverlap(rule, line) || rule.table === line.table) return [];
  const message = `the router has a rule that matches the same packets: ${shown()}; take another mark or mask${inBrackets(sayMask(snapshot))}`;
  return [{ path: ["mark"], message }];
}

function chainInTheWay(line: ChainLine, { owner, snapshot, known, show }: Around): Collision[] {
  const there = snapshot.iptables[line.table]?.chains.get(line.chain);
  const mine: ChainLine | undefined = there && { ...line, rules: there.rules };
  if (!mine || known.has(lineSlot(line)) || lineKey(mine) === lineKey(line)) return [];
  const message = `the router has another chain of that name: "${show(mine)}"${looksLike(mine, snapshot)}`;
  return [{ path: [argument(owner, "chain")], message }];
}

function fileInTheWay(line: FileLine, { snapshot, isForeign }: Around): Collision[] {
  const there = snapshot.boot.files.find((file) => file.path === line.path);
  if (!there || !isForeign(there) || isManagedFile(there, line)) return [];
  const path = [line.path === NETWORKD_DROP_IN.path ? "networkd" : "hooks"];
  return [{ path, message: `the router has a foreign file ${line.path}` }];
}

/** Two rules that look up the main table, of packets that none can be both of: their order does not matter. */
function alike(a: RuleLine, b: RuleLine): boolean {
  const [one, other] = [a, b].map((rule) => wordsOf(rule).get("iif"));
  const elsewhere = one !== undefined && other !== undefined && one !== other;
  return a.table === MAIN_TABLE && b.table === MAIN_TABLE && (elsewhere || otherSources(a, b));
}

/** `ip` looks for a table's number among the names first. */
function misnamed(desired: Fragment, { tableNames: { names, path, dropInOf } }: Snapshot): Collision[] {
  const tables = new Set(
    desired.flatMap((line) => (line.kind === "rule" || line.kind === "route" ? [line.table] : [])),
  );
  return [...names]
    .filter(([id, name]) => String(Number(name)) === name && tables.has(Number(name)) && id !== Number(name))
    .map(([id, name]) => ({
      path: ["table"],
      message: `${dropInOf?.get(id) ?? path} has the line "${id} ${name}", by which ip takes table ${name} for table ${id}: take another number here, or give that table another name`,
    }));
}

/** Names are cut and told apart by short hashes, and two of one resource may meet: its lines would be mixed up. */
function sameName(owner: string, desired: Fragment): Collision[] {
  const chains = desired.filter((line) => line.kind === "chain");
  const twice = [...Map.groupBy(chains, lineSlot).values()]
    .filter((same) => same.length > 1)
    .map(([first]) => first!.chain);
  const path = [argument(owner, "chain")];
  return twice.map((chain) => ({ path, message: `two of its chains would be called ${chain}; take another name` }));
}

/** Lines of two resources of one program of which the router can have only one, or neither works. */
function exclusions(
  owner: string,
  desired: Fragment,
  other: string,
  claimed: Fragment,
  show: (line: Line) => string,
): Collision[] {
  const places = Map.groupBy(claimed, lineSlot);
  const declared = `which ${shortName(other)} declares`;
  return desired.flatMap((line): Collision[] => {
    const samePlace = (places.get(lineSlot(line)) ?? []).filter((c) => lineKey(c) !== lineKey(line));
    const alike = claimed.filter((c) => excludes(line, c));
    const excluded = [...new Set([...samePlace, ...alike])].map((c) => ({
      path: [],
      message: `"${show(line)}" excludes "${show(c)}", ${declared}`,
    }));
    const misplaced = claimed
      .filter((c) => beforeMark(owner, line, c) || beforeMark(other, c, line))
      .map((c) => ({
        path: [argument(owner, "priority")],
        message: `"${show(line)}" and "${show(c)}", ${declared}: the rule by source must come behind the rule by mark, or replies would leave by the wrong link`,
      }));
    return [...excluded, ...misplaced];
  });
}

export function excludes(a: Line, b: Line): boolean {
  if (a.kind === "address" && b.kind === "address") return a.address === b.address && a.device !== b.device;
  if (a.kind !== "rule" || b.kind !== "rule" || a.table === b.table) return false;
  return (a.priority === b.priority && !otherSources(a, b)) || marksOverlap(a, b);
}

/** Two sources at one priority are as good as two priorities, if no packet has both. */
function otherSources(a: RuleLine, b: RuleLine): boolean {
  return a.from !== "all" && b.from !== "all" && !overlap(a.from, b.from);
}

/** A rule by source at or before a rule by mark wins over the mark. */
function beforeMark(owner: string, line: Line, mark: Line): boolean {
  if (line.kind !== "rule" || mark.kind !== "rule" || !kindOfOwner(owner)?.rulesBehindMarks) return false;
  return mark.mark !== undefined && line.mark === undefined && line.priority < mark.priority;
}

function marksOverlap(a: RuleLine, b: RuleLine): boolean {
  if (a.mark === undefined || b.mark === undefined || /^not\b/.test(a.rest ?? "")) return false;
  const common = (a.mask ?? FULL_MASK) & (b.mask ?? FULL_MASK);
  return common !== 0 && (a.mark & common) === (b.mark & common);
}
