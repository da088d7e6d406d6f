import { canonicalMatch, canonicalTarget, network } from "./canonical-options.ts";
import { type RuleOption, type RulePart, type RuleShape, shapeOf, TEXTS } from "./rule-shape.ts";
import { quoteWord } from "./rule-words.ts";

/**
 * A rule (without `-A CHAIN `) of any iptables version in the one spelling of current iptables-save. Equal meaning
 * gives equal text for all that we write ourselves; matches and targets that are not known stay as they are, in order.
 */
export function canonicalRule(rule: string): string {
  return writeRule(canonicalShape(shapeOf(rule)));
}

export function canonicalShape({ base, matches, target }: RuleShape): RuleShape {
  return {
    base: canonicalBase(base),
    matches: matches.map(canonicalMatch),
    target: target && { ...canonicalTarget(target), option: target.option },
  };
}

export function writeRule({ base, matches, target }: RuleShape): string {
  return [
    ...base.flatMap(writeOption),
    ...matches.flatMap((part) => writePart("-m", part)),
    ...(target ? writePart(target.option, target) : []),
  ].join(" ");
}

const BASE_ORDER = ["-s", "-d", "-i", "-o", "-p", "-f"];

/** Names that iptables knows by itself, for what a person or an old version may give by number. */
const PROTOCOLS: Readonly<Record<string, string>> = {
  "1": "icmp",
  "6": "tcp",
  "17": "udp",
  "50": "esp",
  "51": "ah",
  "132": "sctp",
  "136": "udplite",
};

function canonicalBase(options: readonly RuleOption[]): readonly RuleOption[] {
  return options
    .map((entry) => ({
      ...entry,
      values: entry.values.map((word) => ({ ...word, text: baseValue(entry, word.text) })),
    }))
    .filter((entry) => entry.negated || !matchesAll(entry))
    .toSorted((a, b) => BASE_ORDER.indexOf(a.name) - BASE_ORDER.indexOf(b.name));
}

function baseValue({ name }: RuleOption, value: string): string {
  if (name === "-s" || name === "-d") return network(value);
  return name === "-p" ? (PROTOCOLS[value] ?? value.toLowerCase()) : value;
}

/** `-s 0.0.0.0/0`, `-i +`, `-p all`: not printed by iptables-save. */
function matchesAll({ name, values }: RuleOption): boolean {
  const value = values[0]?.text ?? "";
  if (name === "-s" || name === "-d") return value === "0.0.0.0/0";
  if (name === "-p") return value === "all" || value === "0";
  return (name === "-i" || name === "-o") && value === "+";
}

export function writePart(option: string, part: RulePart): readonly string[] {
  return [option, part.name, ...part.options.flatMap(writeOption)];
}

export function writeOption({ negated, name, values }: RuleOption): readonly string[] {
  const written = values.map((word) => (word.quoted || TEXTS.has(name) ? quoteWord(word.text) : word.text));
  return [...(negated ? ["!"] : []), name, ...written];
}
