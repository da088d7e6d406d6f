/** A rule of iptables and its value, both ways: what is not understood is kept as it was. */

import { orElse } from "../../model/not-understood.ts";
import type { Match, PacketRule } from "../../model/packet-rule.ts";
import { canonicalShape, writeRule } from "./canonical-rule.ts";
import { readMatch, readTest, writeMatch } from "./match-words.ts";
import { type RuleShape, shapeOf } from "./rule-shape.ts";
import { readTarget, writeTarget } from "./target-words.ts";

/** Lines of a manifest, a state and a reading are the same texts, and each is read once. */
const READ = new Map<string, PacketRule>();
const MOST_READ = 50_000;
/** Rules are values, and each is asked for its words many times. */
const WORDS = new WeakMap<PacketRule, string>();

/**
 * A rule in the words of any iptables version, without `-A CHAIN `.
 * @throws {NotUnderstood}
 */
export function parseRule(text: string): PacketRule {
  const known = READ.get(text);
  if (known) return known;
  const shape = canonicalShape(shapeOf(text));
  const rule: PacketRule = { family: "ip", ...partsOf(shape) };
  WORDS.set(rule, writeRule(shape));
  if (READ.size >= MOST_READ) READ.clear();
  READ.set(text, rule);
  return rule;
}

function partsOf({ base, matches, target }: RuleShape): Pick<PacketRule, "matches" | "target"> {
  const all: readonly Match[] = [...base.map((option) => readTest("", option)), ...matches.map(readMatch)];
  return { matches: all, ...(target && { target: readTarget(target) }) };
}

/** The same for a rule of others: one that is not understood is only itself, with what can be told of it. */
export function readRule(text: string): PacketRule {
  return orElse(
    () => parseRule(text),
    () => opaqueRule(text),
  );
}

export function opaqueRule(text: string): PacketRule {
  const words = text.split(" ");
  // -s -d -i -o -p stand before everything else, and the target behind, as iptables-save prints a rule.
  const end = words.findIndex((word) => /^-/.test(word) && !/^-[sdiop]$/.test(word));
  const at = Math.max(text.lastIndexOf(" -j "), text.lastIndexOf(" -g "));
  const { matches } = tried(words.slice(0, Math.max(end, 0)).join(" "));
  const { target } = tried(at < 0 ? "" : text.slice(at + 1));
  return {
    family: "ip",
    matches,
    ...(target && { target }),
    opaque: { dialect: "iptables", name: "it", text },
  };
}

function tried(text: string): Pick<PacketRule, "matches" | "target"> {
  return orElse(
    () => partsOf(canonicalShape(shapeOf(text))),
    () => ({ matches: [] }),
  );
}

/** In the words of current iptables-save, without `-A CHAIN `: what `parseRule` reads. */
export function ruleText(rule: PacketRule): string {
  let text = WORDS.get(rule);
  if (text === undefined) {
    text = formatRule(rule);
    WORDS.set(rule, text);
  }
  return text;
}

/** Matches without a rule around them. */
export function matchText(matches: readonly Match[]): string {
  return matches.map(writeMatch).join(" ");
}

function formatRule({ matches, target, opaque }: PacketRule): string {
  if (opaque) return opaque.text;
  return [...matches.map(writeMatch), ...(target ? [writeTarget(target)] : [])].join(" ");
}

/** Protocols whose names iptables takes from /etc/protocols. */
const LISTED: Readonly<Record<string, string>> = { igmp: "2", dccp: "33", gre: "47" };
const COMPARED = new WeakMap<PacketRule, string>();

/**
 * A rule as it is compared: such protocols have their numbers. iptables prints the name where the router has that file, and takes
 * nothing but the number where it has none.
 */
export function comparedText(rule: PacketRule): string {
  let text = COMPARED.get(rule);
  if (text === undefined) {
    text = rule.matches.some(isListed) ? formatRule({ ...rule, matches: rule.matches.map(numbered) }) : ruleText(rule);
    COMPARED.set(rule, text);
  }
  return text;
}

const isListed = (match: Match) => match.kind === "protocol" && match.protocol in LISTED;

function numbered(match: Match): Match {
  return match.kind === "protocol" ? { ...match, protocol: LISTED[match.protocol] ?? match.protocol } : match;
}

/** @throws {NotUnderstood} for a rule that is kept as it is */
export function refuseOpaque({ opaque }: PacketRule): void {
  if (opaque) parseRule(opaque.text);
}
