import type { ChainLine, Line, TableNames } from "../model/line.ts";
import { NotUnderstood } from "../model/not-understood.ts";
import { formatFile, parseFile } from "./file.ts";
import { formatAddress, parseAddress } from "./iproute2/address.ts";
import { formatRoute, parseRoute } from "./iproute2/route.ts";
import { formatRule, parseRule } from "./iproute2/rule.ts";
import { formatSysctl, parseSysctl } from "./iproute2/sysctl.ts";
import { formatTableName, parseTableName, type TableIdOf, tableIdOf } from "./iproute2/table-name.ts";
import { canonicalRule, formatChain, formatHook, isBuiltInChain, parseRuleText } from "./iptables/chain.ts";

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

/** Reads the rules of iptables in these lines, which are otherwise only read when they are compared. @throws {NotUnderstood} */
export function readRules(lines: readonly Line[]): void {
  for (const line of lines) {
    if (line.kind === "hook") canonicalRule(line.rule);
    if (line.kind === "chain") line.rules.forEach(canonicalRule);
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
  let open: { table: string; chain: string; rules: string[] } | undefined;
  const all = text === "" ? [] : text.split("\n");
  for (const [i, line] of all.entries()) {
    if (line.startsWith("| ")) continue;
    if (line.startsWith("file ")) {
      const end = all.findIndex((later, at) => at > i && !later.startsWith("| "));
      lines.push(parseFile(line, all.slice(i + 1, end < 0 ? all.length : end)));
      open = undefined;
      continue;
    }
    if (!line.startsWith("-t ")) {
      open = undefined;
      lines.push(parseLine(line, tableId));
      continue;
    }
    const { table, chain, rule, position } = parseRuleText(line);
    if (rule === undefined) {
      const rules: string[] = [];
      lines.push({ kind: "chain", table, chain, rules } satisfies ChainLine);
      open = { table, chain, rules };
    } else if (open?.table === table && open.chain === chain) open.rules.push(rule);
    else if (isBuiltInChain(chain)) lines.push({ kind: "hook", table, chain, rule, ...(position && { position }) });
    else throw new NotUnderstood("chain", line, "a rule without its chain");
  }
  return lines;
}

function parseLine(line: string, idOf: TableIdOf): Line {
  if (line.startsWith("inet ")) return parseAddress(line);
  if (line.startsWith("/")) return parseTableName(line);
  if (/^\d+: /.test(line)) return parseRule(line, idOf);
  return / = /.test(line) ? parseSysctl(line) : parseRoute(line, idOf);
}
