/** Two writers of one bit of the mark: found before anything is touched, with what to do about it. Pure. */

import { connectionBits, inBrackets, sayMask, writtenBits } from "../coexistence/free.ts";
import { neighbourOf, possessive } from "../coexistence/recognise.ts";
import { ruleText } from "../dialects/iptables/packet-rule.ts";
import { isChainName } from "../model/chain-name.ts";
import { type Fragment, FULL_MASK, type Line } from "../model/line.ts";
import { formatMark } from "../model/mark.ts";
import type { PacketRule } from "../model/packet-rule.ts";
import type { Snapshot, TableRules } from "../model/snapshot.ts";
import { reachedFrom } from "./carried-marks.ts";
import type { Collision } from "./collision.ts";

/** Foreign rules in raw and mangle that write mark bits of ours: two writers of one bit break each other's connections. */
export function markCollisions(desired: Fragment, snapshot: Snapshot, isForeign: (line: Line) => boolean): Collision[] {
  const ours = desired
    .filter((line) => line.kind === "chain")
    .flatMap((line) => line.rules)
    .reduce((bits, rule) => bits | writtenBits(rule), 0);
  if (ours === 0) return [];
  const behind = new Map((["raw", "mangle"] as const).map((table) => [table, behindRouting(snapshot.iptables[table])]));
  const isBehindRouting = (table: "raw" | "mangle", chain: string) => behind.get(table)!.has(chain);
  const foreign = (["raw", "mangle"] as const).flatMap((table) =>
    [...(snapshot.iptables[table]?.chains ?? [])].flatMap(([chain, { policy, rules }]) =>
      policy === "-" && !isForeign({ kind: "chain", table, chain, rules })
        ? []
        : rules
            .filter((rule) => policy === "-" || isForeign({ kind: "hook", table, chain, rule }))
            .filter((rule) => connectionBits(rule) !== 0 || !isBehindRouting(table, chain))
            .map((rule) => ({ table, chain, rule })),
    ),
  );
  return foreign
    .filter(({ chain, rule }) => !isChainName(chain) && (writtenBits(rule) & ours) !== 0)
    .map(({ table, chain, rule }) => {
      const owner = neighbourOf({ kind: "hook", table, chain, rule }, snapshot);
      const whose = owner === undefined ? "a foreign rule that" : `a rule that looks like ${possessive(owner)} and`;
      const whole = writtenBits(rule) === FULL_MASK;
      return {
        path: ["mask"],
        message: `the router has ${whose} writes ${whole ? "the whole mark" : "the same mark bits"}: "-t ${table} -A ${chain} ${ruleText(rule)}"; ${whole ? narrow(rule, owner, ours, snapshot) : `take another mask${inBrackets(sayMask(snapshot))}`}, remove it, or list it under replace`,
      };
    });
}

/**
 * Chains whose packets have been routed, and will not be again: a mark of the packet alone that is written there, for the
 * queues of a device, takes nobody's way. What goes out is not looked at any more, and a connection's mark is not written.
 */
function behindRouting(table: TableRules | undefined): ReadonlySet<string> {
  const chains = [...(table?.chains ?? [])];
  const from = (...roots: string[]) => new Set(roots.flatMap((root) => [...reachedFrom(chains, root, () => true)]));
  const before = from("PREROUTING", "INPUT", "OUTPUT");
  return new Set([...from("FORWARD", "POSTROUTING")].filter((chain) => !before.has(chain)));
}

/** No mask of ours is free of a writer of all bits: it is the one that needs a mask. */
function narrow(rule: PacketRule, owner: string | undefined, ours: number, snapshot: Snapshot): string {
  const bits = ownBits(rule);
  const [set, moved] = wordsOf(rule);
  const example =
    set !== undefined && bits !== 0
      ? `${set}${formatMark(bits)}/${formatMark(bits)}`
      : moved !== undefined
        ? `${moved} --nfmask M --ctmask M, M being its own bits`
        : `${set ?? "--set-xmark "}0x0/M, M being its own bits`;
  const here =
    (bits & ours) === 0 ? "" : `, and take a mask here without those${inBrackets(sayMask(snapshot, narrowed))}`;
  return `${owner === undefined ? "write it" : "have it write"} only bits of its own, such as ${example}${here}`;
}

/** How iptables says that a rule writes a mark, or moves one. */
function wordsOf({ target }: PacketRule): [set?: string | undefined, moved?: string] {
  switch (target?.kind) {
    case "setMark":
    case "setConnmark":
      return ["--set-xmark "];
    case "tproxy":
      return ["--tproxy-mark "];
    case "saveMark":
      return [undefined, "--save-mark"];
    case "restoreMark":
      return [undefined, "--restore-mark"];
    default:
      return [];
  }
}

/** The bits that a writer of all of them means, as far as it tells. */
function ownBits({ target }: PacketRule): number {
  return target && "value" in target ? target.value : 0;
}

function narrowed(rule: PacketRule): number {
  return writtenBits(rule) === FULL_MASK ? ownBits(rule) : writtenBits(rule);
}
