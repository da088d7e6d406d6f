import { formatNetwork, parseNetwork } from "../model/ip.ts";
import type { Line, RouteLine, RuleLine } from "../model/line.ts";
import type { PacketRule } from "../model/packet-rule.ts";
import { formatLine } from "./fragment.ts";
import { comparedText } from "./iptables/packet-rule.ts";

/** Lines are values, and each is asked for its key many times: by every resource, step and comparison. */
const KEYS = new WeakMap<Line, string>();

/** What a line is, whatever its spelling: two lines with equal keys are the same thing on the router. */
export function lineKey(line: Line): string {
  let key = KEYS.get(line);
  if (key === undefined) {
    key = `${line.kind} ${wordsOf(line)}`;
    KEYS.set(line, key);
  }
  return key;
}

/** The place that a line takes, where only one line can be: two lines of one slot exclude each other. */
export function lineSlot(line: Line): string {
  switch (line.kind) {
    case "sysctl":
      return `sysctl ${line.key}`;
    case "table-name":
      return `table-name ${line.id}`;
    case "route":
      return `route ${line.table} ${normalRoute(line).destination} ${line.metric}${serviceType(line)}`;
    case "chain":
      return `chain ${line.table} ${line.chain}`;
    case "file":
      return `file ${line.path}`;
    case "address":
    case "rule":
    case "hook":
      return lineKey(line);
  }
}

/** What a rule of netfilter is, whatever its spelling. */
export function ruleKey(rule: PacketRule): string {
  return comparedText(rule);
}

function wordsOf(line: Line): string {
  if (line.kind === "chain") return [`${line.table} ${line.chain}`, ...line.rules.map(ruleKey)].join("\n");
  if (line.kind === "hook") return `${line.table} ${line.chain} ${ruleKey(line.rule)}`;
  return formatLine(normalised(line)).join("\n");
}

function normalised(line: Exclude<Line, { kind: "chain" | "hook" }>): Line {
  switch (line.kind) {
    case "route":
      return normalRoute(line);
    case "rule":
      return normalRule(line);
    case "address": {
      // A device has an address of one prefix once, whatever else stands beside it.
      const { kind, device, address, prefix } = line;
      return { kind, device, address, prefix };
    }
    case "sysctl":
    case "table-name":
    case "file":
      return line;
  }
}

function normalRoute(line: RouteLine): RouteLine {
  const { protocol, scope, dead: _, ...route } = line;
  return {
    ...route,
    destination: route.destination === "0.0.0.0/0" ? "default" : route.destination,
    ...(protocol === undefined || protocol === "boot" ? {} : { protocol }),
    ...(scope === undefined || scope === "global" ? {} : { scope }),
  };
}

function normalRule(line: RuleLine): RuleLine {
  const { to, ...rule } = line;
  const plain = (text: string) => {
    const network = parseNetwork(text);
    return !network || network.prefix === 0 ? "all" : formatNetwork(network);
  };
  return { ...rule, from: plain(line.from), ...(to === undefined || plain(to) === "all" ? {} : { to: plain(to) }) };
}

/** Routes for different types of service stand side by side. */
function serviceType(line: RouteLine): string {
  if (line.rest?.includes("encap ")) return "";
  const tos = /(?:^| )tos (\S+)/.exec(line.rest ?? "");
  return tos ? ` tos ${tos[1]}` : "";
}
