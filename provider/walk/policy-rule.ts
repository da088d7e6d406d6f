/** A policy rule as a test, compiled once: fib_rule_match() and fib4_rule_match(). */

import { wordsOf } from "../dialects/iproute2/rule.ts";
import { parseNetwork } from "../model/ip.ts";
import { FULL_MASK, type RuleLine, VERDICTS } from "../model/line.ts";
import { numberOf } from "./address-number.ts";
import type { Question } from "./question.ts";
import { sameNetwork } from "./route-table.ts";

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
  const source = parseNetwork(rule.from);
  const isForOne = source?.prefix === 32 && !extra.has("not") && rule.unknown === undefined;
  return {
    rule: line,
    extra,
    ...(isForOne && { source: source.address }),
    fits: fitsOf(line, extra, selectorOf(rule, extra)),
  };
}

type Test = (question: Question) => boolean;

function fitsOf({ unknown }: RuleLine, extra: PolicyRule["extra"], selects: Test): PolicyRule["fits"] {
  const negated = extra.has("not");
  if (unknown !== undefined) {
    const mayBeNegated = /\bnot\b/.test(unknown);
    return (question) => (mayBeNegated || selects(question) ? "not modelled" : false);
  }
  // Devices of a VRF are not modelled at all: of the others' packets such a rule finds none.
  if (extra.get("lookup") === "[l3mdev-table]") return () => (negated ? "not modelled" : false);
  const strange = isStrange(extra);
  return (question) => {
    const user = hasUser(extra.get("uidrange"), question);
    if (user === false) return negated;
    const selected = selects(question);
    // What is not modelled can only make a rule fit less often, but for `not`.
    if ((strange || user === "not modelled") && (selected || negated)) return "not modelled";
    return selected !== negated;
  };
}

/** Has it a word that is not modelled? Some versions print the name of a type of service. */
function isStrange(extra: PolicyRule["extra"]): boolean {
  return [...extra].some(([word, value]) => !MODELLED.has(word) || (word === "tos" && !value.startsWith("0x")));
}

/** What a word of a rule asks of a packet. */
const SELECTORS: ReadonlyMap<string, (value: string) => Test> = new Map<string, (value: string) => Test>([
  ["iif", (device) => (question) => question.inDevice === device],
  ["oif", (device) => (question) => question.outDevice === device],
  ["tos", (tos) => (question) => Number(tos) === (question.tos ?? 0)],
  ["ipproto", (protocol) => (question) => question.protocol === protocol],
  ["sport", (range) => within(range, ({ sourcePort }) => sourcePort)],
  ["dport", (range) => within(range, ({ destinationPort }) => destinationPort)],
]);

/** All that a rule asks of a packet, tested in one order: most rules have one or two tests. */
function selectorOf({ from, to = "all", mark, mask = FULL_MASK }: RuleLine, extra: PolicyRule["extra"]): Test {
  const asked = isStrange(extra) ? [...extra].filter(([word]) => word !== "tos") : [...extra];
  const tests = [
    ...inNetwork(from, ({ source }) => source),
    ...inNetwork(to, ({ destination }) => destination),
    ...(mark === undefined ? [] : [(question: Question) => ((mark ^ question.mark) & mask) === 0]),
    ...asked.flatMap(([word, value]) => SELECTORS.get(word)?.(value) ?? []),
  ];
  return (question) => tests.every((test) => test(question));
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

function inNetwork(network: string, addressOf: (question: Question) => string): readonly Test[] {
  const parsed = network === "all" ? undefined : parseNetwork(network);
  if (!parsed) return [];
  const base = numberOf(parsed.address);
  return [(question) => sameNetwork(numberOf(addressOf(question)), base, parsed.prefix)];
}

/** A port, or `5000-5010`. */
function within(range: string, portOf: (question: Question) => number | undefined): Test {
  const [low = 0, high = low] = range.split("-").map(Number);
  return (question) => {
    const port = portOf(question);
    return port !== undefined && port >= low && port <= high;
  };
}
