/**
 * One atomic `iptables-restore --noflush` per table: own chains whole, hooks one by one, everything else untouched.
 * With single commands one flow in thirty that starts meanwhile is marked with the wrong link for life.
 */

import { commandRule } from "../kernel/command-rule.ts";
import type { IptablesTable } from "../kernel/line.ts";
import type { Capabilities, Snapshot } from "../kernel/snapshot.ts";
import { versionAtLeast } from "../kernel/version.ts";
import { idleAfter, withTidying } from "./base-chains.ts";
import { quote } from "./quote.ts";
import type { Owned } from "./settle.ts";
import { phaseOf, removal, type Step } from "./step.ts";
import { type State, type TableChange, tableChanges } from "./table-change.ts";

export function iptablesSteps(snapshot: Snapshot, put: readonly Owned[], drop: readonly Owned[]): Step[] {
  return tableChanges(snapshot, put, drop).map((change) => restoreStep(change, snapshot));
}

function restoreStep(change: TableChange, snapshot: Snapshot): Step {
  const { capabilities } = snapshot;
  const { table, adding, dropping, before, after } = change;
  const touched = [...adding, ...dropping];
  const phase = phaseOf(touched[0]!);
  const { command } = capabilities.iptables;
  const restore = restoreCommand(capabilities);
  const rule = (text: string) => commandRule(text, capabilities);
  const undo = restoreText(table, after, before, rule);
  const idle = idleAfter(change, snapshot);
  return {
    phase: adding.length > 0 ? phase : removal(phase),
    owners: [...new Set(touched.map((o) => o.owner))],
    what: `${command}-restore --noflush (${table})`,
    run: withTidying(`${restore} <"$T/${table}.do"`, idle.change, capabilities),
    undo: withTidying(back(command, restore, table, undo), idle.wayBack, capabilities),
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
  const wait = variant === "legacy" && versionAtLeast(version, "1.6.2") ? " -w 10" : "";
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

function same(a: readonly string[] | undefined, b: readonly string[]): boolean {
  return a !== undefined && a.length === b.length && a.every((text, i) => text === b[i]);
}
