/**
 * One atomic `iptables-restore --noflush` per table: own chains whole, hooks one by one, everything else untouched.
 * With single commands one flow in thirty that starts meanwhile is marked with the wrong link for life.
 */

import { commandRule } from "../dialects/iptables/command-rule.ts";
import { ruleText } from "../dialects/iptables/packet-rule.ts";
import { ruleKey } from "../dialects/line-key.ts";
import { quote } from "../dialects/quote.ts";
import type { IptablesTable } from "../model/line.ts";
import type { PacketRule } from "../model/packet-rule.ts";
import type { Capabilities } from "../model/snapshot.ts";
import { versionAtLeast } from "../model/version.ts";
import { isOfOurName } from "./hooks.ts";
import { placed, stillToGo } from "./restore-input.ts";
import { phaseOf, removal, type Step } from "./step.ts";
import type { State, TableChange } from "./table-change.ts";

export function iptablesSteps(changes: readonly TableChange[], capabilities: Capabilities): Step[] {
  return changes.map((change) => restoreStep(change, capabilities));
}

function restoreStep(change: TableChange, capabilities: Capabilities): Step {
  const { table, adding, dropping, before, after } = change;
  const touched = [...adding, ...dropping];
  const phase = phaseOf(touched[0]!);
  const { command } = capabilities.iptables;
  const restore = restoreCommand(capabilities);
  const rule: Spell = (one) => commandRule(one, capabilities);
  const [text, undo] = [restoreText(table, before, after, rule), restoreText(table, after, before, rule)];
  const exact = touched.every(({ line }) => line.kind !== "hook" || rule(line.rule) === ruleText(line.rule));
  const back = foreignText(table, dropping, rule);
  const now = `${quote(`${command}-save`)} -t ${table}`;
  const [source, way] = [`"$T/${table}.do"`, `"$T/${table}.undo"`];
  return {
    phase: adding.length > 0 ? phase : removal(phase),
    owners: [...new Set(touched.map((o) => o.owner))],
    what: `${command}-restore --noflush (${table})`,
    run: placed(text, now, source, restore),
    undo: stillToGo({ table, text: undo, exact }, now, way, restore),
    touches: touched.map((o) => o.line),
    test: [
      placed(text, now, source, `${restore} --test`),
      ...(back ? [`${restore} --test <"$T/${table}.back"`] : []),
    ].join(" &&\n"),
    files: {
      [`${table}.do`]: text,
      [`${table}.undo`]: undo,
      ...(back && { [`${table}.back`]: back }),
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
 * Foreign lines that a change takes away, as a text of their own for a dry run: a rule that iptables does not take back (a protocol
 * without a name here, a set that is gone) is known before it goes, not when a rollback needs it.
 */
function foreignText(table: IptablesTable, dropping: TableChange["dropping"], rule: Spell): string {
  const foreign = dropping.filter(({ adopted, line }) => adopted && !isOfOurName(line)).map(({ line }) => line);
  if (foreign.length === 0) return "";
  const chains = foreign.flatMap((line) => (line.kind === "chain" ? [line] : []));
  return [
    `*${table}`,
    ...chains.map(({ chain }) => `:${chain} - [0:0]`),
    ...chains.flatMap(({ chain, rules }) => rules.map((one) => `-A ${chain} ${rule(one)}`)),
    ...foreign.flatMap((line) => (line.kind === "hook" ? [`-A ${line.chain} ${rule(line.rule)}`] : [])),
    "COMMIT",
    "",
  ].join("\n");
}

/** The text that takes a table from one state to another. */
function restoreText(table: IptablesTable, from: State, to: State, rule: Spell): string {
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
    ...changed.flatMap(([chain, rules]) => rules.map((one) => `-A ${chain} ${rule(one)}`)),
    ...hooks,
    ...gone.map((chain) => `-X ${chain}`),
    "COMMIT",
    "",
  ].join("\n");
}

/** Deletes what has to go, then inserts what is new at its place. The rules in common keep their order. */
function moves(chain: string, from: readonly PacketRule[], to: readonly PacketRule[], rule: Spell): string[] {
  const after = new Set(to.map(ruleKey));
  const kept = from.filter((one) => after.has(ruleKey(one))).map(ruleKey);
  const deletions = from.filter((one) => !after.has(ruleKey(one))).map((one) => `-D ${chain} ${rule(one)}`);
  const insertions: string[] = [];
  let k = 0;
  to.forEach((one, i) => {
    if (kept[k] === ruleKey(one)) k++;
    else insertions.push(`-I ${chain} ${i + 1} ${rule(one)}`);
  });
  return [...deletions, ...insertions];
}

function same(a: readonly PacketRule[] | undefined, b: readonly PacketRule[]): boolean {
  return (
    a !== undefined && (a === b || (a.length === b.length && a.every((one, i) => ruleKey(one) === ruleKey(b[i]!))))
  );
}

/** A rule in the words that this router takes. */
type Spell = (rule: PacketRule) => string;
