/** The order of rules in a built-in chain. Pure: rules in, rules out. */

import { isChainName } from "../kinds/chain-name.ts";
import type { HookLine, Line } from "../model/line.ts";

export function isOwnHook(rule: string): boolean {
  return rule.startsWith("-j ") && isChainName(rule.slice(3));
}

/** A chain that is named as those of resources are, or a jump to one. */
export function isOfOurName(line: Line): boolean {
  return line.kind === "chain" ? isChainName(line.chain) : line.kind === "hook" && isOwnHook(line.rule);
}

/**
 * Before the rules of others, because a general MASQUERADE or an early ACCEPT of theirs would hide ours; among ours by
 * name, so that the order in which resources arrive does not show.
 */
export function withHook(rules: readonly string[], hook: string): string[] {
  const at = rules.findIndex((rule) => !(isOwnHook(rule) && rule < hook));
  return at < 0 ? [...rules, hook] : rules.toSpliced(at, 0, hook);
}

/**
 * Rules that were adopted away come back to their places among those of others: before the rule that each stood before, else
 * behind the one that it stood behind, else by number, behind them all if that is not known either.
 */
export function givenBack(rules: readonly string[], hooks: readonly Given[]): string[] {
  const all: { readonly text: string; readonly back?: true }[] = rules.map((text) => ({ text }));
  const placeOf = ({ position = 0, neighbours: { before, behind } = {} }: Given): number => {
    // Of several equal ones the nearest to where it was.
    const nearest = (text: string | undefined) =>
      all
        .flatMap((rule, i) => (rule.text === text && !rule.back ? [i] : []))
        .toSorted((a, b) => Math.abs(a - position) - Math.abs(b - position))[0];
    const next = nearest(behind);
    if (next !== undefined) return next;
    const previous = nearest(before);
    if (previous !== undefined) {
      const end = all.findIndex((rule, i) => i > previous && !rule.back);
      return end < 0 ? all.length : end;
    }
    const others = all.flatMap(({ text }, i) => (isOwnHook(text) ? [] : [i]));
    return others[position - 1] ?? all.length;
  };
  for (const hook of hooks.toSorted((a, b) => (a.position ?? 0) - (b.position ?? 0)))
    all.splice(placeOf(hook), 0, { text: hook.rule, back: true });
  return all.map(({ text }) => text);
}

type Given = Pick<HookLine, "rule" | "position" | "neighbours">;
