/**
 * One atomic `iptables-restore --noflush` per table: own chains whole, hooks one by one, everything else untouched.
 * With single commands one flow in thirty that starts meanwhile is marked with the wrong link for life.
 */

import { commandRule } from "../kernel/command-rule.ts";
import type { ChainLine, HookLine, IptablesTable } from "../kernel/line.ts";
import type { Capabilities, Snapshot } from "../kernel/snapshot.ts";
import { givenBack, withHook } from "./hooks.ts";
import { quote } from "./quote.ts";
import type { Owned } from "./settle.ts";
import { phaseOf, removal, type Step } from "./step.ts";

/** The state of one table as far as we touch it: chains of ours by name, and each built-in chain's rules in order. */
interface State {
  readonly chains: ReadonlyMap<string, readonly string[]>;
  readonly builtIn: ReadonlyMap<string, readonly string[]>;
}

export function iptablesSteps(snapshot: Snapshot, put: readonly Owned[], drop: readonly Owned[]): Step[] {
  return (["mangle", "nat", "filter", "raw"] as const).flatMap((table) => {
    const adding = put.filter((o) => isOf(o, table));
    const dropping = drop.filter((o) => isOf(o, table));
    const touched = [...adding, ...dropping];
    if (touched.length === 0) return [];
    const before = stateOf(snapshot, table);
    const after = change(before, adding, dropping);
    const phase = phaseOf(touched[0]!);
    return [
      restoreStep(table, snapshot.capabilities, adding.length > 0 ? phase : removal(phase), touched, before, after),
    ];
  });
}

function restoreStep(
  table: IptablesTable,
  capabilities: Capabilities,
  phase: number,
  touched: readonly Owned[],
  before: State,
  after: State,
): Step {
  const { command } = capabilities.iptables;
  const restore = restoreCommand(capabilities);
  const rule = (text: string) => commandRule(text, capabilities);
  const undo = restoreText(table, after, before, rule);
  return {
    phase,
    owners: [...new Set(touched.map((o) => o.owner))],
    what: `${command}-restore --noflush (${table})`,
    run: `${restore} <"$T/${table}.do"`,
    undo: back(command, restore, table, undo),
    touches: touched.map((o) => o.line),
    test: `${restore} --test <"$T/${table}.do"`,
    files: {
      [`${table}.do`]: restoreText(table, before, after, rule),
      [`${table}.undo`]: undo,
    },
  };
}

/** `iptables-restore -w 10 --noflush`, for the shell. */
export function restoreCommand({ iptables: { command, variant, version } }: Capabilities): string {
  // iptables-restore takes -w since 1.6.2; the nft variant needs no lock.
  const wait = variant === "legacy" && atLeast(version, [1, 6, 2]) ? " -w 10" : "";
  return `${quote(`${command}-restore`)}${wait} --noflush`;
}

/**
 * The way back as far as it is still to go: whoever empties a chain meanwhile takes our jumps along, and a restore that deletes one
 * that is gone does nothing at all; a process that ends in the middle is followed by another, which would insert them twice.
 */
function back(command: string, restore: string, table: IptablesTable, text: string): string {
  const source = `"$T/${table}.undo"`;
  if (!/^-[DI] .*-j mw-/m.test(text)) return `${restore} <${source}`;
  return `nl='
'
now=$nl$(${quote(`${command}-save`)} -t ${table})$nl
while IFS= read -r text; do
  case $text in
    "-D "*" -j mw-"*) case $now in *"$nl-A \${text#-D }$nl"*) ;; *) continue ;; esac ;;
    "-I "*" -j mw-"*) hook=\${text#-I }; case $now in *"$nl-A \${hook%% *} \${hook#* * }$nl"*) continue ;; esac ;;
  esac
  printf '%s\\n' "$text"
done <${source} | ${restore}`;
}

/** The text that takes a table from one state to another. */
function restoreText(table: IptablesTable, from: State, to: State, rule: (text: string) => string): string {
  const gone = [...from.chains.keys()].filter((chain) => !to.chains.has(chain));
  const changed = [...to.chains].filter(([chain, rules]) => !same(from.chains.get(chain), rules));
  // A table that nobody has used shows no built-in chains, and one of them may be missing.
  const builtIn = new Set([...from.builtIn.keys(), ...to.builtIn.keys()]);
  const hooks = [...builtIn].flatMap((chain) =>
    moves(chain, from.builtIn.get(chain) ?? [], to.builtIn.get(chain) ?? [], rule),
  );
  return [
    `*${table}`,
    // `:CHAIN - [0:0]` makes a chain, or empties the one that is there.
    ...[...changed.map(([chain]) => chain), ...gone].map((chain) => `:${chain} - [0:0]`),
    ...changed.flatMap(([chain, rules]) => rules.map((text) => `-A ${chain} ${rule(text)}`)),
    ...hooks,
    ...gone.map((chain) => `-X ${chain}`),
    "COMMIT",
    "",
  ].join("\n");
}

/** Deletes what has to go, then inserts what is new at its place. The rules in common keep their order. */
function moves(
  chain: string,
  from: readonly string[],
  to: readonly string[],
  rule: (text: string) => string,
): string[] {
  const kept = from.filter((text) => to.includes(text));
  const deletions = from.filter((text) => !to.includes(text)).map((text) => `-D ${chain} ${rule(text)}`);
  const insertions: string[] = [];
  let k = 0;
  to.forEach((text, i) => {
    if (kept[k] === text) k++;
    else insertions.push(`-I ${chain} ${i + 1} ${rule(text)}`);
  });
  return [...deletions, ...insertions];
}

function change(before: State, adding: readonly Owned[], dropping: readonly Owned[]): State {
  const chains = new Map(before.chains);
  const builtIn = new Map(before.builtIn);
  const rulesOf = (chain: string) => builtIn.get(chain) ?? [];
  for (const { line } of dropping) {
    if (line.kind === "chain") chains.delete(line.chain);
    if (line.kind === "hook")
      builtIn.set(
        line.chain,
        rulesOf(line.chain).filter((text) => text !== line.rule),
      );
  }
  for (const { line, givenBack: back } of adding.toSorted((a, b) => positionOf(a) - positionOf(b))) {
    if (line.kind === "chain") chains.set(line.chain, line.rules);
    if (line.kind === "hook") {
      const rules = rulesOf(line.chain);
      builtIn.set(line.chain, back ? givenBack(rules, line.rule, line.position) : withHook(rules, line.rule));
    }
  }
  return { chains, builtIn };
}

function positionOf({ line }: Owned): number {
  return line.kind === "hook" ? (line.position ?? 0) : 0;
}

function stateOf(snapshot: Snapshot, table: IptablesTable): State {
  const chains = [...(snapshot.iptables[table]?.chains ?? [])];
  return {
    chains: new Map(chains.filter(([, c]) => c.policy === "-").map(([name, c]) => [name, c.rules])),
    builtIn: new Map(chains.filter(([, c]) => c.policy !== "-").map(([name, c]) => [name, c.rules])),
  };
}

function isOf(owned: Owned, table: IptablesTable): owned is Owned & { line: ChainLine | HookLine } {
  return (owned.line.kind === "chain" || owned.line.kind === "hook") && owned.line.table === table;
}

function same(a: readonly string[] | undefined, b: readonly string[]): boolean {
  return a !== undefined && a.length === b.length && a.every((text, i) => text === b[i]);
}

function atLeast(version: string, wanted: readonly number[]): boolean {
  const parts = version.split(".").map(Number);
  for (const [i, want] of wanted.entries()) if ((parts[i] ?? 0) !== want) return (parts[i] ?? 0) > want;
  return true;
}
