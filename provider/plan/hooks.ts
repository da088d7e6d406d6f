/** The order of rules in a built-in chain. Pure: rules in, rules out. */
import type { Line } from "../kernel/line.ts";
import { isChainName } from "../kinds/chain-name.ts";

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

/** A rule that was adopted away comes back to its place among those of others, behind them all if that is not known. */
export function givenBack(rules: readonly string[], rule: string, position: number | undefined): string[] {
  const others = rules.flatMap((text, i) => (isOwnHook(text) ? [] : [i]));
  const at = position === undefined ? undefined : others[position - 1];
  return at === undefined ? [...rules, rule] : rules.toSpliced(at, 0, rule);
}
