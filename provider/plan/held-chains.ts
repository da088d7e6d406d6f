/** Foreign rules that lead to managed chains: the kernel removes no chain that a rule leads to. Pure. */

import { ruleText } from "../dialects/iptables/packet-rule.ts";
import { lineKey, lineSlot } from "../dialects/line-key.ts";
import type { Fragment, IptablesTable, Line } from "../model/line.ts";
import { chainOf } from "../model/rule-facts.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { managedLines } from "./manifest.ts";
import type { Plan } from "./plan.ts";

export interface Holder {
  readonly table: IptablesTable;
  /** The managed chain. */
  readonly chain: string;
  /** `-t mangle -A FORWARD -i eth3 -j mw-site-mark` */
  readonly rule: string;
}

/**
 * @param chains the managed ones of these lines
 * @param isForeign of a chain, or of a rule in a built-in one
 */
export function holders(
  chains: Fragment,
  { iptables }: Pick<Snapshot, "iptables">,
  isForeign: (line: Line) => boolean,
): Holder[] {
  const names = new Set(chains.flatMap((line) => (line.kind === "chain" ? [`${line.table} ${line.chain}`] : [])));
  if (names.size === 0) return [];
  return Object.entries(iptables).flatMap(([name, tables]) => {
    const table = name as IptablesTable;
    return [...tables.chains].flatMap(([chain, { policy, rules }]) =>
      policy === "-" && !isForeign({ kind: "chain", table, chain, rules })
        ? []
        : rules.flatMap((rule): Holder[] => {
            const target = chainOf(rule);
            if (target === undefined || !names.has(`${table} ${target}`)) return [];
            if (policy !== "-" && !isForeign({ kind: "hook", table, chain, rule })) return [];
            return [{ table, chain: target, rule: `-t ${table} -A ${chain} ${ruleText(rule)}` }];
          }),
    );
  });
}

/** Those that keep a plan from removing a chain, with the resource whose chain it is. */
export function heldBy(plan: Plan, snapshot: Snapshot): (Holder & { readonly owner: string }) | undefined {
  const going = plan.unwanted.map(({ line }) => line);
  const planned = new Set([...going, ...managedLines(plan.manifest)].map(lineSlot));
  const [first] = holders(going, snapshot, (line) => !planned.has(lineSlot(line)));
  if (first === undefined) return undefined;
  const isIt = ({ line }: Plan["unwanted"][number]) =>
    line.kind === "chain" && line.table === first.table && line.chain === first.chain;
  return { ...first, owner: plan.unwanted.find(isIt)!.owner };
}

/** What a preview says of it. */
export function heldWarnings(
  desired: Fragment,
  snapshot: Pick<Snapshot, "iptables">,
  isForeign: (line: Line) => boolean,
): string[] {
  const keys = new Set(desired.map((line) => (line.kind === "chain" ? lineSlot(line) : lineKey(line))));
  const isOther = (line: Line) => isForeign(line) && !keys.has(line.kind === "chain" ? lineSlot(line) : lineKey(line));
  return holders(desired, snapshot, isOther).map(
    ({ rule, chain }) =>
      `the router's rule "${rule}" leads to the managed chain ${chain}: packets that meet it are treated by that chain too, and up and destroy cannot remove the chain while the rule is there`,
  );
}
