/** The order of rules in a built-in chain. Pure: rules in, rules out. */

import { ruleKey } from "../dialects/line-key.ts";
import { isChainName } from "../model/chain-name.ts";
import type { HookLine, Line } from "../model/line.ts";
import type { PacketRule } from "../model/packet-rule.ts";
import { plainJumpOf } from "../model/rule-facts.ts";

/** The chain of a resource that the rule leads every packet to. */
export function hookedChainOf(rule: PacketRule): string | undefined {
  const chain = plainJumpOf(rule);
  return chain !== undefined && isChainName(chain) ? chain : undefined;
}

export function isOwnHook(rule: PacketRule): boolean {
  return hookedChainOf(rule) !== undefined;
}

/** A chain that is named as those of resources are, or a jump to one. */
export function isOfOurName(line: Line): boolean {
  return line.kind === "chain" ? isChainName(line.chain) : line.kind === "hook" && isOwnHook(line.rule);
}

/**
 * Before the rules of others, because a general MASQUERADE or an early ACCEPT of theirs would hide ours; among ours by
 * name, so that the order in which resources arrive does not show.
 */
export function withHook(rules: readonly PacketRule[], hook: PacketRule): PacketRule[] {
  const name = plainJumpOf(hook) ?? "";
  const at = rules.findIndex((rule) => (hookedChainOf(rule) ?? name) >= name);
  return at < 0 ? [...rules, hook] : rules.toSpliced(at, 0, hook);
}

/**
 * Rules that were adopted away come back to their places among those of others: before the rule that each stood before, else
 * behind the one that it stood behind, else by number, behind them all if that is not known either.
 */
export function givenBack(rules: readonly PacketRule[], hooks: readonly Given[]): PacketRule[] {
  const all: { readonly rule: PacketRule; readonly back?: true }[] = rules.map((rule) => ({ rule }));
  const placeOf = ({ position = 0, neighbours: { before, behind } = {} }: Given): number => {
    // Of several equal ones the nearest to where it was.
    const nearest = (wanted: PacketRule | undefined) =>
      all
        .flatMap(({ rule, back }, i) => (wanted && !back && ruleKey(rule) === ruleKey(wanted) ? [i] : []))
        .toSorted((a, b) => Math.abs(a - position) - Math.abs(b - position))[0];
    const next = nearest(behind);
    if (next !== undefined) return next;
    const previous = nearest(before);
    if (previous !== undefined) {
      const end = all.findIndex(({ back }, i) => i > previous && !back);
      return end < 0 ? all.length : end;
    }
    const others = all.flatMap(({ rule }, i) => (isOwnHook(rule) ? [] : [i]));
    return others[position - 1] ?? all.length;
  };
  for (const hook of hooks.toSorted((a, b) => (a.position ?? 0) - (b.position ?? 0)))
    all.splice(placeOf(hook), 0, { rule: hook.rule, back: true });
  return all.map(({ rule }) => rule);
}

type Given = Pick<HookLine, "rule" | "position" | "neighbours">;
