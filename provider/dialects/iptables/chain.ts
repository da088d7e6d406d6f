import type { ChainLine, HookLine, IptablesTable } from "../../model/line.ts";
import { NotUnderstood } from "../../model/not-understood.ts";
import { ruleText } from "./packet-rule.ts";

export const IPTABLES_TABLES: readonly IptablesTable[] = ["raw", "mangle", "nat", "filter"];

const BUILT_IN_CHAINS = new Set(["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"]);

export function isBuiltInChain(chain: string): boolean {
  return BUILT_IN_CHAINS.has(chain);
}

/** `-t mangle -N mw-mark`, then each rule: `-t mangle -A mw-mark -m mark --mark 0x1 -j RETURN`. */
export function formatChain({ table, chain, rules }: ChainLine): readonly string[] {
  return [`-t ${table} -N ${chain}`, ...rules.map((rule) => `-t ${table} -A ${chain} ${ruleText(rule)}`.trimEnd())];
}

/** `-t mangle -A PREROUTING -j mw-mark`; with a remembered position `-t nat -I PREROUTING 3 -j MASQUERADE`. */
export function formatHook({ table, chain, rule, position }: HookLine): string {
  const text = ruleText(rule);
  return position === undefined ? `-t ${table} -A ${chain} ${text}` : `-t ${table} -I ${chain} ${position} ${text}`;
}

/** One line of formatChain or formatHook taken apart; `rule` is undefined for `-N`. */
export interface RuleText {
  readonly table: IptablesTable;
  readonly chain: string;
  readonly rule: string | undefined;
  /** Of `-I`. */
  readonly position?: number;
}

export function parseRuleText(text: string): RuleText {
  const placed = /^(-t \w+ )-I (\S+) ([1-9]\d{0,4})( .*)$/s.exec(text);
  if (placed) return { ...parseRuleText(`${placed[1]}-A ${placed[2]}${placed[4]}`), position: Number(placed[3]) };
  const match = /^-t (\w+) -([NA]) (\S+)(?: ([\s\S]*))?$/.exec(text);
  const table = IPTABLES_TABLES.find((name) => name === match?.[1]);
  if (!match || !table || (match[2] === "N" && match[4] !== undefined)) throw new NotUnderstood("chain", text);
  return { table, chain: match[3]!, rule: match[2] === "N" ? undefined : (match[4] ?? "") };
}
