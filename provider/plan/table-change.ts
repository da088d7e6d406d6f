/** What a change makes of the tables of iptables that it touches. Pure. */
import { ruleKey } from "../dialects/line-key.ts";
import type { ChainLine, HookLine, IptablesTable } from "../model/line.ts";
import type { PacketRule } from "../model/packet-rule.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { givenBack, withHook } from "./hooks.ts";
import type { Owned } from "./settlement.ts";

/** One table as far as a change touches it: user chains by name, and each built-in chain's rules in order. */
export interface State {
  readonly chains: ReadonlyMap<string, readonly PacketRule[]>;
  readonly builtIn: ReadonlyMap<string, readonly PacketRule[]>;
}

type OwnedRules = Owned & { readonly line: ChainLine | HookLine };

export interface TableChange {
  readonly table: IptablesTable;
  readonly adding: readonly OwnedRules[];
  readonly dropping: readonly OwnedRules[];
  readonly before: State;
  readonly after: State;
}

const ORDER: readonly IptablesTable[] = ["mangle", "nat", "filter", "raw"];

export function tableChanges(snapshot: Snapshot, put: readonly Owned[], drop: readonly Owned[]): TableChange[] {
  return ORDER.flatMap((table) => {
    const adding = put.filter((o) => isOf(o, table));
    const dropping = drop.filter((o) => isOf(o, table));
    if (adding.length + dropping.length === 0) return [];
    const before = stateOf(snapshot, table);
    return [{ table, adding, dropping, before, after: changed(before, adding, dropping) }];
  });
}

function changed(before: State, adding: readonly OwnedRules[], dropping: readonly OwnedRules[]): State {
  const chains = new Map(before.chains);
  const builtIn = new Map(before.builtIn);
  const rulesOf = (chain: string) => builtIn.get(chain) ?? [];
  for (const { line } of dropping) {
    if (line.kind === "chain") chains.delete(line.chain);
    if (line.kind === "hook")
      builtIn.set(
        line.chain,
        rulesOf(line.chain).filter((rule) => ruleKey(rule) !== ruleKey(line.rule)),
      );
  }
  for (const { line } of adding) if (line.kind === "chain") chains.set(line.chain, line.rules);
  const hooks = adding.flatMap(({ line, givenBack: back }) => (line.kind === "hook" ? [{ line, back }] : []));
  for (const { line } of hooks.filter(({ back }) => !back))
    builtIn.set(line.chain, withHook(rulesOf(line.chain), line.rule));
  const back = Map.groupBy(
    hooks.flatMap((hook) => (hook.back ? [hook.line] : [])),
    ({ chain }) => chain,
  );
  for (const [chain, lines] of back) builtIn.set(chain, givenBack(rulesOf(chain), lines));
  return { chains, builtIn };
}

function stateOf(snapshot: Snapshot, table: IptablesTable): State {
  const chains = [...(snapshot.iptables[table]?.chains ?? [])];
  return {
    chains: new Map(chains.filter(([, c]) => c.policy === "-").map(([name, c]) => [name, c.rules])),
    builtIn: new Map(chains.filter(([, c]) => c.policy !== "-").map(([name, c]) => [name, c.rules])),
  };
}

function isOf(owned: Owned, table: IptablesTable): owned is OwnedRules {
  return (owned.line.kind === "chain" || owned.line.kind === "hook") && owned.line.table === table;
}
