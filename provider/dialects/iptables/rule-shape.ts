import { NotUnderstood } from "../../model/not-understood.ts";
import { splitWords, type Word } from "./rule-words.ts";

/** An option of a rule: `! --mark 0x1/0xff`. */
export interface RuleOption {
  readonly negated: boolean;
  readonly name: string;
  readonly values: readonly Word[];
}

/** `-m mark ...` or `-j DNAT ...`: a name with its options in order. */
export interface RulePart {
  readonly name: string;
  readonly options: readonly RuleOption[];
}

/** A rule taken apart. What follows `-m` or `-j` is kept in order, known or not. */
export interface RuleShape {
  /** By their short names: -s -d -i -o -p -f. */
  readonly base: readonly RuleOption[];
  readonly matches: readonly RulePart[];
  readonly target: (RulePart & { readonly option: "-j" | "-g" }) | undefined;
}

const BASE: ReadonlyMap<string, string> = new Map([
  ...["-s", "--source", "--src"].map((name) => [name, "-s"] as const),
  ...["-d", "--destination", "--dst"].map((name) => [name, "-d"] as const),
  ...["-i", "--in-interface"].map((name) => [name, "-i"] as const),
  ...["-o", "--out-interface"].map((name) => [name, "-o"] as const),
  ...["-p", "--protocol", "--proto"].map((name) => [name, "-p"] as const),
  ...["-f", "--fragment"].map((name) => [name, "-f"] as const),
]);

const PARTS: ReadonlyMap<string, "-m" | "-j" | "-g"> = new Map([
  ...["-m", "--match"].map((name) => [name, "-m"] as const),
  ...["-j", "--jump"].map((name) => [name, "-j"] as const),
  ...["-g", "--goto"].map((name) => [name, "-g"] as const),
]);

/** Options that belong to the protocol's match even where `-m tcp` was left out, with the words older versions used. */
const PROTOCOL_OPTIONS: ReadonlySet<string> = new Set([
  ...["--sport", "--source-port", "--dport", "--destination-port"],
  ...["--tcp-flags", "--syn", "--tcp-option", "--icmp-type"],
]);

/** Options whose value is free text: iptables-save quotes it where needed, whether or not it came quoted. */
export const TEXTS: ReadonlySet<string> = new Set(["--comment", "--log-prefix", "--nflog-prefix", "--ulog-prefix"]);
/** Options whose value is one word, whatever it looks like: iptables-save quotes it only where it has blanks. */
const ONE_WORD: ReadonlySet<string> = new Set([
  ...TEXTS,
  ...["--name", "--hashlimit-name", "--helper", "--string", "--hex-string", "--label", "--path"],
]);

type Part = { option: "-m" | "-j" | "-g"; name: string; options: RuleOption[] };

export function shapeOf(rule: string): RuleShape {
  const base: RuleOption[] = [];
  const parts: Part[] = [];
  for (const option of optionsOf(rule)) {
    // `--proto` is short for `--protocol` only where no match has an option of just that name.
    const policy = option.name === "--proto" ? parts.find(({ name }) => name === "policy") : undefined;
    const baseName = BASE.get(option.name);
    if (policy) policy.options.push(option);
    else if (baseName) base.push({ ...option, name: baseName });
    else if (PARTS.has(option.name)) parts.push(partOf(option, rule));
    else if (!COUNTERS.has(option.name)) partFor(option, base, parts, rule).options.push(option);
  }
  const targets = parts.filter((part) => part.option !== "-m");
  if (targets.length > 1) throw new NotUnderstood("iptables rule", rule, "two targets");
  return {
    base,
    matches: parts.filter((part) => part.option === "-m"),
    target: targets[0] as RuleShape["target"],
  };
}

/** Packet and byte counters: no part of what the rule means. */
const COUNTERS: ReadonlySet<string> = new Set(["-c", "--set-counters"]);

function partOf({ name: option, negated, values: [name, ...more] }: RuleOption, rule: string): Part {
  if (!name || more.length > 0 || negated) throw new NotUnderstood("iptables rule", rule);
  return { option: PARTS.get(option)!, name: name.text, options: [] };
}

/** The match or target that an option belongs to: the last one, or that of the protocol, which may have been left out. */
function partFor(option: RuleOption, base: readonly RuleOption[], parts: Part[], rule: string): Part {
  const last = parts.at(-1);
  if (last && !needsProtocolMatch(option, last)) return last;
  const implied: Part = { option: "-m", name: impliedMatch(base, rule), options: [] };
  parts.push(implied);
  return implied;
}

function needsProtocolMatch(option: RuleOption, current: Part): boolean {
  if (!PROTOCOL_OPTIONS.has(option.name)) return false;
  return current.option !== "-m" || ["comment", "mark", "connmark", "conntrack", "state"].includes(current.name);
}

function impliedMatch(base: readonly RuleOption[], rule: string): string {
  const protocol = base.find((option) => option.name === "-p" && !option.negated)?.values[0]?.text.toLowerCase();
  if (protocol === undefined) throw new NotUnderstood("iptables rule", rule, "an option without its -m, -p or -j");
  return { "6": "tcp", "17": "udp", "1": "icmp" }[protocol] ?? protocol;
}

interface Open {
  negated: boolean;
  readonly name: string;
  readonly values: Word[];
}

/** `! --x v` of today and `--x ! v` of old versions alike. */
function optionsOf(rule: string): readonly RuleOption[] {
  const options: Open[] = [];
  const words = splitWords(rule);
  let negateNext = false;
  for (const [at, word] of words.entries()) {
    const last = options.at(-1);
    const isText = last !== undefined && ONE_WORD.has(last.name) && last.values.length === 0;
    if (!isText && isOption(word)) {
      options.push({ negated: negateNext, name: word.text, values: [] });
      negateNext = false;
    } else if (!isText && isNegation(word) && isOption(words[at + 1])) negateNext = true;
    else if (!last) throw new NotUnderstood("iptables rule", rule);
    else if (!isText && isNegation(word)) negate(last, rule);
    else last.values.push(word);
  }
  return options;
}

const isOption = (word: Word | undefined) => word !== undefined && !word.quoted && /^--?[A-Za-z]/.test(word.text);
const isNegation = (word: Word) => !word.quoted && word.text === "!";

/** In the way of old versions, in front of the value. */
function negate(option: Open, rule: string): void {
  if (option.values.length > 0) throw new NotUnderstood("iptables rule", rule);
  option.negated = !option.negated;
}
