import type { IptablesTable } from "../../model/line.ts";
import { type KeepUnknown, NotUnderstood, orElse } from "../../model/not-understood.ts";
import type { PacketRule } from "../../model/packet-rule.ts";
import type { ChainRules, TableRules } from "../../model/snapshot.ts";
import { IPTABLES_TABLES } from "./chain.ts";
import { opaqueRule, parseRule } from "./packet-rule.ts";
import { endsInQuotes } from "./rule-words.ts";

export type Iptables = Readonly<Partial<Record<IptablesTable, TableRules>>>;

type OpenTable = Map<string, { policy: string; rules: PacketRule[] }>;

/**
 * Output of iptables-save of any age and either variant. Tables that we do not work in
 * (`security`) are passed over.
 */
export function parseIptablesSave(text: string, keep?: KeepUnknown): Iptables {
  const tables: Partial<Record<IptablesTable, { chains: Map<string, ChainRules> }>> = {};
  let open: OpenTable | undefined;
  for (const line of logicalLines(text)) {
    if (line === "" || line.startsWith("#")) continue;
    if (!line.startsWith("*")) open = readLine(open, line, keep);
    else {
      open = new Map();
      const table = IPTABLES_TABLES.find((name) => name === line.slice(1));
      if (table) tables[table] = { chains: open };
    }
  }
  if (open) throw new NotUnderstood("iptables-save", text.slice(-80), "ends without COMMIT");
  return tables;
}

/** A line within a table. @returns undefined at its end */
function readLine(open: OpenTable | undefined, line: string, keep: KeepUnknown | undefined): OpenTable | undefined {
  if (!open) throw new NotUnderstood("iptables-save", line);
  if (line === "COMMIT") return undefined;
  if (line.startsWith(":")) addChain(open, line);
  else addRule(open, line, keep);
  return open;
}

/** `:mw-mark - [0:0]` */
function addChain(open: OpenTable, line: string): void {
  const match = /^:(\S+) (\S+)(?: \[\d+:\d+\])?$/.exec(line.trimEnd());
  if (!match) throw new NotUnderstood("iptables-save", line);
  open.set(match[1]!, { policy: match[2]!, rules: [] });
}

/** `-A mw-mark -j RETURN`, with counters in front where they were asked for. */
function addRule(open: OpenTable, line: string, keep: KeepUnknown | undefined): void {
  const match = /^(?:\[\d+:\d+\] )?-A (\S+)(?: ([\s\S]*))?$/.exec(line.trimEnd());
  const chain = match && open.get(match[1]!);
  if (!chain) throw new NotUnderstood("iptables-save", line);
  chain.rules.push(ruleOf(match[2] ?? "", line, keep));
}

/** A rule that is not understood stays in its place, as it was printed: the places of the others are counted with it. */
function ruleOf(text: string, line: string, keep: KeepUnknown | undefined): PacketRule {
  return orElse(
    () => parseRule(text),
    (error) => {
      if (!keep) throw error;
      keep("iptables-save", line.trimEnd());
      return opaqueRule(text);
    },
  );
}

/** A comment may hold a newline, which is printed as it is: such lines are one. */
export function logicalLines(text: string): readonly string[] {
  const lines: string[] = [];
  let started: string | undefined;
  for (const line of text.split("\n")) {
    const whole: string = started === undefined ? line : `${started}\n${line}`;
    started = /^(\[\d+:\d+\] )?-A /.test(whole) && endsInQuotes(whole) ? whole : undefined;
    if (started === undefined) lines.push(whole);
  }
  if (started !== undefined) throw new NotUnderstood("iptables-save", started, "quotes");
  return lines;
}
