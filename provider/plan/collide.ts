/** Foreign lines, and lines of other resources, that ours cannot live with. Found before anything is touched. */
import { formatLine } from "../kernel/fragment.ts";
import { type Fragment, FULL_MASK, type Line, type RuleLine, type TableNames } from "../kernel/line.ts";
import { lineKey, lineSlot } from "../kernel/line-key.ts";
import type { Snapshot } from "../kernel/snapshot.ts";
import { type Manifest, ownersOf } from "./manifest.ts";
import type { Claims } from "./settle.ts";

interface Seen {
  readonly snapshot: Snapshot;
  readonly manifest: Manifest;
}

export interface Collision {
  readonly path: readonly string[];
  readonly message: string;
}

export function collisions(
  owner: string,
  desired: Fragment,
  { snapshot, manifest }: Seen,
  claims: Claims,
  names: TableNames,
): Collision[] {
  const show = (line: Line) => formatLine(line, names)[0]!;
  const isForeign = (line: Line) => ownersOf(manifest, line).length === 0;
  const equal = (line: Line) => desired.some((d) => lineKey(d) === lineKey(line));
  const foreignRules = snapshot.rules.filter((rule) => isForeign(rule) && !equal(rule));
  const found: Collision[] = [];
  for (const line of desired) {
    if (line.kind === "rule")
      for (const rule of foreignRules) {
        if (rule.priority === line.priority)
          found.push({ path: ["priority"], message: `${line.priority} is taken on the router: "${show(rule)}"` });
        else if (marksOverlap(rule, line) && rule.table !== line.table)
          found.push({
            path: ["mark"],
            message: `the router has a rule that matches the same packets: "${show(rule)}"; take another mark or mask`,
          });
      }
    if (line.kind === "chain") {
      const there = snapshot.iptables[line.table]?.chains.get(line.chain);
      const mine: Line | undefined = there && { ...line, rules: there.rules };
      const known = [...manifest.values()].some((e) => e.lines.some((l) => lineSlot(l) === lineSlot(line)));
      if (mine && !known && lineKey(mine) !== lineKey(line))
        found.push({ path: ["chain"], message: `the router has another chain of that name: "${show(mine)}"` });
    }
    for (const [other, lines] of claims) {
      if (other === owner) continue;
      for (const claimed of lines) {
        const samePlace = lineSlot(claimed) === lineSlot(line) && lineKey(claimed) !== lineKey(line);
        const samePriority =
          claimed.kind === "rule" &&
          line.kind === "rule" &&
          claimed.priority === line.priority &&
          claimed.table !== line.table;
        const sameMark =
          claimed.kind === "rule" &&
          line.kind === "rule" &&
          marksOverlap(claimed, line) &&
          claimed.table !== line.table;
        const alias =
          claimed.kind === "address" &&
          line.kind === "address" &&
          claimed.address === line.address &&
          claimed.device !== line.device;
        if (samePlace || (samePriority && !bothFromSources(claimed, line)) || sameMark || alias)
          found.push({
            path: [],
            message: `"${show(line)}" excludes "${show(claimed)}", which ${other.split("/").slice(2).join(" ")} declares`,
          });
      }
    }
  }
  return [...found, ...markCollisions(desired, snapshot, isForeign)];
}

/** Two sources at one priority are as good as two priorities: a packet has one source. */
function bothFromSources(a: Line, b: Line): boolean {
  return a.kind === "rule" && b.kind === "rule" && a.from !== "all" && b.from !== "all" && a.from !== b.from;
}

function marksOverlap(a: RuleLine, b: RuleLine): boolean {
  if (a.mark === undefined || b.mark === undefined || /^not\b/.test(a.rest ?? "")) return false;
  const common = (a.mask ?? FULL_MASK) & (b.mask ?? FULL_MASK);
  return common !== 0 && (a.mark & common) === (b.mark & common);
}

/** Foreign rules in mangle that write mark bits of ours: two writers of one bit break each other's connections. */
function markCollisions(desired: Fragment, snapshot: Snapshot, isForeign: (line: Line) => boolean): Collision[] {
  const ours = desired
    .filter((line) => line.kind === "chain")
    .flatMap((line) => line.rules)
    .reduce((bits, rule) => bits | writtenBits(rule), 0);
  if (ours === 0) return [];
  const foreign = [...(snapshot.iptables.mangle?.chains ?? [])].flatMap(([chain, { policy, rules }]) =>
    policy === "-" && !isForeign({ kind: "chain", table: "mangle", chain, rules })
      ? []
      : rules.map((rule) => ({ chain, rule })),
  );
  return foreign
    .filter(({ chain, rule }) => !chain.startsWith("mw-") && (writtenBits(rule) & ours) !== 0)
    .map(({ chain, rule }) => ({
      path: ["mask"],
      message: `the router has a rule of somebody else's that writes the same mark bits: "-t mangle -A ${chain} ${rule}"; take another mask, or remove it`,
    }));
}

function writtenBits(rule: string): number {
  const set = /(?:MARK|CONNMARK) --set-x?mark 0x[0-9a-f]+\/(0x[0-9a-f]+)/.exec(rule);
  const moved = /CONNMARK --(?:save|restore)-mark --nfmask (0x[0-9a-f]+) --ctmask (0x[0-9a-f]+)/.exec(rule);
  return set ? Number(set[1]) : moved ? Number(moved[1]) | Number(moved[2]) : 0;
}
