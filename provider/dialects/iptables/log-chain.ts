/**
 * The chains of `multiwan log`: rules that write packets of one flow to the kernel's log for a while. They come and go by
 * themselves, decide nothing, and belong to no resource, so everything but that command looks past them.
 */

import type { IptablesTable } from "../../model/line.ts";
import { plainJumpOf } from "../../model/rule-facts.ts";
import type { TableRules } from "../../model/snapshot.ts";
import type { Iptables } from "./iptables-save.ts";

/** In the order in which a packet meets them; mangle has all five. */
export const LOG_HOOKS = ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"] as const;
export const LOG_TABLE = "mangle";

/** `mw-log.prerouting`: no chain of a resource has a name like this, theirs have a second `-`. */
export function logChain(hook: (typeof LOG_HOOKS)[number]): string {
  return `mw-log.${hook.toLowerCase()}`;
}

const CHAINS: ReadonlySet<string> = new Set(LOG_HOOKS.map(logChain));

/** The tables as they are without a log. */
export function withoutLog(iptables: Iptables): Iptables {
  return Object.fromEntries(
    Object.entries(iptables).map(([table, rules]) => [table as IptablesTable, stripped(rules)] as const),
  );
}

function stripped(table: TableRules): TableRules {
  if (![...table.chains.keys()].some((chain) => CHAINS.has(chain))) return table;
  const chains = [...table.chains]
    .filter(([chain]) => !CHAINS.has(chain))
    .map(
      ([chain, { policy, rules }]) =>
        [chain, { policy, rules: rules.filter((rule) => !CHAINS.has(plainJumpOf(rule) ?? "")) }] as const,
    );
  return { chains: new Map(chains) };
}
