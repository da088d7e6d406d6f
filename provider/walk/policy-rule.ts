/** A policy rule as a test, compiled once: fib_rule_match() and fib4_rule_match(). */

import { wordsOf } from "../dialects/iproute2/rule.ts";
import { parseNetwork } from "../model/ip.ts";
import { FULL_MASK, type RuleLine, VERDICTS } from "../model/line.ts";
import { numberOf } from "./address-number.ts";
import { sameNetwork } from "./route-table.ts";
import type { Question } from "./routing.ts";

export interface PolicyRule {
  readonly rule: RuleLine;
  /** What else the rule says, by its words. */
  readonly extra: ReadonlyMap<string, string>;
  /** Does it select the packet? A text: that is not modelled. */
  fits(question: Question): boolean | "not modelled";
  /** The one source address that it is for, where it says so. */
  readonly source?: string;
}

/** In the order in which they are asked: those of one priority as they were added. */
export function policyRules(rules: readonly RuleLine[]): readonly PolicyRule[] {
  return rules.toSorted((a, b) => a.priority - b.priority).map(policyRule);
}

/** Without those for one other source: a router of many addresses has two for each, and a packet looks at a few of them. */
export function rulesFor(rules: readonly PolicyRule[], source: string): readonly PolicyRule[] {
  const known = bySource.get(rules) ?? new Map<string, readonly PolicyRule[]>();
  bySource.set(rules, known);
  const before = known.get(source);
  if (before) return before;
  if (known.size >= MOST_KNOWN) known.clear();
  const found = rules.filter((rule) => rule.source === undefined || rule.source === source);
  known.set(source, found);
  return found;
}

const bySource = new WeakMap<readonly PolicyRule[], Map<string, readonly PolicyRule[]>>();
const MOST_KNOWN = 20_000;

const MODELLED = new Set([
  ...["not", "iif", "oif", "ipproto", "sport", "dport", "tos", "uidrange", "lookup", "goto", "suppress_prefixlength"],
  ...["nop", ...VERDICTS],
]);
const HARMLESS = new Set(["proto", "protocol", "realms"]);

function policyRule(line: RuleLine): PolicyRule {
  const rule = line.unknown === undefined ? line : { ...line, ...literalsOf(line.unknown) };
  const extra = new Map([...wordsOf(rule)].filter(([word]) => !HARMLESS.has(word)));
  const from = within(rule.from);
  const source = parseNetwork(rule.from);
  const to = within(rule.to ?? "all");
  const { mark, mask = FULL_MASK } = rule;
  const sport = port(extra.get("sport"));
  const dport = port(extra.get("dport"));
  const negated = extra.has("not");
  const tos = extra.get("tos");
  // Some versions print names.
  const strange = [...extra.keys()].some((word) => !MODELLED.has(word)) || (tos !== undefined && !/^0x/.test(tos));
  const word = (name: string, value: string | undefined) => !extra.has(name) || extra.get(name) === value;
  return {
    rule: line,
    extra,
    ...(source?.prefix === 32 && !negated && rule.unknown === undefined && { source: source.address }),
    fits: (question) => {
      const selects =
        from(question.source) &&
        to(question.destination) &&
        (mark === undefined || ((mark ^ question.mark) & mask) === 0) &&
        word("iif", question.inDevice) &&
        word("oif", question.outDevice) &&
        (tos === undefined || strange || Number(tos) === (question.tos ?? 0)) &&
        word("ipproto", question.protocol) &&
        sport(question.sourcePort) &&
        dport(question.destinationPort);
      if (line.unknown !== undefined) return selects || /\bnot\b/.test(line.unknown) ? "not modelled" : false;
      // Devices of a VRF are not modelled at all: of the others' packets such a rule finds none.
      if (extra.get("lookup") === "[l3mdev-table]") return negated ? "not modelled" : false;
      const user = hasUser(extra.get("uidrange"), question);
      if (user === false) return negated;
      if (user === "not modelled" && (selects || negated)) return user;
      // A word that is not modelled can only make a rule fit less often, but for `not`.
      if (strange && (selects || negated)) return "not modelled";
      return selects !== negated;
    },
  };
}

/** What is forwarded, and what is asked of the way back, is root's (sock_net_uid); of the router's own it depends on the program. */
function hasUser(range: string | undefined, { inDevice }: Question): boolean | "not modelled" {
  if (range === undefined) return true;
  if (inDevice === "lo") return "not modelled";
  return range.startsWith("0-");
}

/** What is known of a rule that is not understood as a whole. */
function literalsOf(text: string): Partial<RuleLine> {
  const network = (word: string) => {
    const found = new RegExp(`(?:^| )${word} (\\S+)`).exec(text)?.[1];
    return found !== undefined && parseNetwork(found) ? found : undefined;
  };
  const devices = [...text.matchAll(/(?:^| )(iif|oif) (\S+)/g)].map(([, word, name]) => `${word} ${name}`);
  const to = network("to");
  return { from: network("from") ?? "all", ...(to !== undefined && { to }), rest: devices.join(" ") };
}

function within(network: string): (address: string) => boolean {
  const parsed = network === "all" ? undefined : parseNetwork(network);
  if (!parsed) return () => true;
  const base = numberOf(parsed.address);
  return (address) => sameNetwork(numberOf(address), base, parsed.prefix);
}

function port(wanted: string | undefined): (port: number | undefined) => boolean {
  if (wanted === undefined) return () => true;
  const [low = 0, high = low] = wanted.split("-").map(Number);
  return (given) => given !== undefined && given >= low && given <= high;
}
