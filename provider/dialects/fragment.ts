import type { ChainLine, HookLine, Line, TableNames } from "../model/line.ts";
import { NotUnderstood } from "../model/not-understood.ts";
import type { PacketRule } from "../model/packet-rule.ts";
import { formatFile, parseFile } from "./file.ts";
import { formatAddress, parseAddress } from "./iproute2/address.ts";
import { formatRoute, parseRoute } from "./iproute2/route.ts";
import { formatRule, parseRule } from "./iproute2/rule.ts";
import { formatSysctl, parseSysctl } from "./iproute2/sysctl.ts";
import { formatTableName, parseTableName, type TableIdOf, tableIdOf } from "./iproute2/table-name.ts";
import { formatChain, formatHook, isBuiltInChain, parseRuleText } from "./iptables/chain.ts";
import { readRule, refuseOpaque } from "./iptables/packet-rule.ts";

/** The text of one line: more than one line of text for a chain. `names` only chooses how tables are spelled. */
export function formatLine(line: Line, names?: TableNames): readonly string[] {
  switch (line.kind) {
    case "address":
      return [formatAddress(line)];
    case "sysctl":
      return [formatSysctl(line)];
    case "table-name":
      return [formatTableName(line)];
    case "route":
      return [formatRoute(line, names)];
    case "rule":
      return [formatRule(line, names)];
    case "chain":
      return formatChain(line);
    case "hook":
      return [formatHook(line)];
    case "file":
      return formatFile(line);
  }
}

/** Is any rule in these lines kept as it is, because nothing here understands it? @throws {NotUnderstood} */
export function refuseOpaqueRules(lines: readonly Line[]): void {
  for (const line of lines) {
    if (line.kind === "hook") refuseOpaque(line.rule);
    if (line.kind === "chain") line.rules.forEach(refuseOpaque);
  }
}

/** Canonical text of a fragment, lines joined by a newline. */
export function formatFragment(lines: readonly Line[], names?: TableNames): string {
  return lines.flatMap((line) => formatLine(line, names)).join("\n");
}

/** The inverse of formatFragment. `idOf` resolves table names; ids and the built-in names need none. */
export function parseFragment(text: string, idOf?: (name: string) => number | undefined): Line[] {
  const builtIn = tableIdOf(new Map());
  const tableId: TableIdOf = (word) => idOf?.(word) ?? builtIn(word);
  const lines: Line[] = [];
  /** The chain that the line before belongs to. */
  let open: OpenChain | undefined;
  const all = text === "" ? [] : text.split("\n");
  for (const [i, line] of all.entries()) {
    if (line.startsWith("| ")) continue;
    const read = line.startsWith("-t ") ? parseRuleLine(line, open) : parseLine(line, tableId, textBehind(all, i));
    if (read === open) continue;
    lines.push(read);
    if (read.kind !== "hook") open = read.kind === "chain" ? (read as OpenChain) : undefined;
  }
  return lines;
}

/** A chain whose rules are being read. */
type OpenChain = ChainLine & { readonly rules: PacketRule[] };

/** The rows of a file's text. */
const textBehind = (all: readonly string[], at: number) => (): readonly string[] => {
  const end = all.findIndex((later, i) => i > at && !later.startsWith("| "));
  return all.slice(at + 1, end < 0 ? all.length : end);
};

/** A chain, a rule in a built-in one, or the open chain with one rule more. */
function parseRuleLine(line: string, open: OpenChain | undefined): ChainLine | HookLine {
  const { table, chain, rule, position } = parseRuleText(line);
  if (rule === undefined) return { kind: "chain", table, chain, rules: [] };
  if (open?.table === table && open.chain === chain) {
    open.rules.push(readRule(rule));
    return open;
  }
  if (!isBuiltInChain(chain)) throw new NotUnderstood("chain", line, "a rule without its chain");
  return { kind: "hook", table, chain, rule: readRule(rule), ...(position && { position }) };
}

function parseLine(line: string, idOf: TableIdOf, text: () => readonly string[]): Line {
  if (line.startsWith("file ")) return parseFile(line, text());
  if (line.startsWith("inet ")) return parseAddress(line);
  if (line.startsWith("/")) return parseTableName(line);
  if (/^\d+: /.test(line)) return parseRule(line, idOf);
  return / = /.test(line) ? parseSysctl(line) : parseRoute(line, idOf);
}
