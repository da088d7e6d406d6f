/** What a way back is judged by: the lines that the change touches. What others do to theirs meanwhile is no part of it. */

import { ruleText } from "../dialects/iptables/packet-rule.ts";
import { command, quote } from "../dialects/quote.ts";
import { dispatchOf } from "../model/chain-name.ts";
import type { ChainLine, HookLine, Line, RouteLine } from "../model/line.ts";
import { plainJumpOf } from "../model/rule-facts.ts";
import { isOfOurName } from "../plan/hooks.ts";
import type { Step } from "../plan/step.ts";

/**
 * `observe`: prints those lines as the router shows them, without what passes by itself (carrier, lifetimes, counters).
 * `sift`: of that, what is not of the one step that did not happen, in `never`: what made it fail belongs to others.
 * `is_whole FILE`: did each tool come to its end in that reading?
 * @param iptables command name of the router's variant, without -save
 */
export function observeFunctions(steps: readonly Step[], iptables: string): string {
  const touched = steps.flatMap(({ touches = [] }) => touches);
  const of = <K extends Line["kind"]>(kind: K) =>
    touched.filter((line): line is Extract<Line, { kind: K }> => line.kind === kind);
  const rules = of("rule").flatMap(patternsOf);
  const addresses = of("address").flatMap(patternsOf);
  const names = of("table-name").map(({ id }) => `^[^#0-9]*${id}[^0-9]`);
  const chains = [...of("chain"), ...of("hook")].flatMap(chainPatterns);
  const parts = [
    ...(rules.length > 0 ? [`${whole("ip rule show")} | sed 's/ \\[detached\\]//' | ${matching(rules)}`] : []),
    ...(addresses.length > 0 ? [`${whole("ip addr show")} | ${matching(addresses)}`] : []),
    ...routes(of("route")),
    ...(names.length > 0 ? [`cat /etc/iproute2/rt_tables 2>/dev/null | ${matching(names)}`] : []),
    ...(chains.length > 0
      ? [`${whole(command(`${iptables}-save`))} | ${matching(chains)} | sed 's/^\\(:[^ ]* [^ ]*\\) \\[.*/\\1/'`]
      : []),
  ];
  const sifted = steps.flatMap(({ touches = [] }, i) => {
    const patterns = touches.flatMap(patternsOf);
    return patterns.length > 0 ? [`  ${i + 1}) ${matching(patterns, "-v")} ;;`] : [];
  });
  // What came back stands behind its equals: same priority, same device. That order means nothing.
  return `observe() { { :\n  ${parts.join("\n  ")}\n} | sort; }
is_whole() {
  ends=0
  while read -r line; do [ "$line" != mw-read ] || ends=$((ends + 1)); done <"$1"
  [ $ends -eq ${parts.filter((part) => part.includes("echo mw-read")).length} ]
}
sift() { case $never in\n${sifted.join("\n")}\n  *) cat ;;\n  esac; }`;
}

/**
 * In the words of iptables-save, a managed chain with the others of its resource, which are many, and the jumps to it; a foreign
 * line that makes room exactly. No chain that others have called `mw-trusted`.
 */
function chainPatterns(line: ChainLine | HookLine): string[] {
  if (isOfOurName(line)) {
    const chain = line.kind === "chain" ? line.chain : plainJumpOf(line.rule)!;
    const name = plain(dispatchOf(chain) ?? chain);
    return [`-j ${name}`, `^:${name}`, `^-A ${name}`];
  }
  if (line.kind === "chain") return [`^:${plain(line.chain)} `, `^-A ${plain(line.chain)} `];
  return [`^-A ${line.chain} ${plain(ruleText(line.rule))}$`];
}

/** Does `observe` show whether this step's way back has come to its end? A restore is whole or not at all. */
export function isObserved({ touches = [] }: Step): boolean {
  // A foreign rule may be printed in other words than it was given back in.
  if (touches.some((line) => (line.kind === "hook" || line.kind === "chain") && !isOfOurName(line))) return false;
  return touches.some(
    (line) =>
      line.kind === "hook" || line.kind === "chain" || line.kind === "table-name" || patternsOf(line).length > 0,
  );
}

/** How `observe` prints a line of `ip`. */
function patternsOf(line: Line): string[] {
  switch (line.kind) {
    case "rule":
      return [`^${line.priority}:`];
    case "address":
      return [` inet ${plain(line.address)}[/ ]`];
    case "route": {
      const printed = plain(line.destination.replace(/\/32$/, ""));
      // busybox prints it signed.
      const metrics = line.metric < 2 ** 31 ? [line.metric] : [line.metric, line.metric - 2 ** 32];
      return metrics.map((metric) => `^${line.table}: \\([a-z]* \\)*${printed} .*metric ${metric} `);
    }
    default:
      return [];
  }
}

/** Each with its table in front, its metric, and a blank behind every word: a daemon may have others for the same destination. */
function routes(lines: readonly RouteLine[]): string[] {
  return [...Map.groupBy(lines, ({ table }) => table)].map(([table, those]) => {
    const shown = `s/^/${table}: /; s/  */ /g; s/ linkdown//g; s/ dead//g; / metric /!s/$/ metric 0/; s/$/ /`;
    return `ip -4 route show table ${table} 2>/dev/null | sed '${shown}' | ${matching(those.flatMap(patternsOf))}`;
  });
}

/** Says at its end that it could be run: what no process could read is not what is not there. */
const whole = (tool: string) => `{ ${tool} && echo mw-read; }`;

/** As a basic regular expression. */
const plain = (text: string) =>
  text.replace(/[.*[\]^$\\]/g, (sign) => (sign === "\\" || sign === "^" ? `\\${sign}` : `[${sign}]`));

function matching(patterns: readonly string[], ...options: readonly string[]): string {
  const all = options.includes("-v") ? patterns : [...patterns, "^mw-read$"];
  return ["grep", ...options, ...[...new Set(all)].map((pattern) => `-e ${quote(pattern)}`)].join(" ");
}
