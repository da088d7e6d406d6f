/** A rule of netfilter as questions and a target, compiled once. */
import { ruleText } from "../dialects/iptables/packet-rule.ts";
import type { PacketRule, Target } from "../model/packet-rule.ts";
import { type Answer, type Question, questionsOf } from "./matches.ts";
import type { Passing } from "./passing.ts";

export interface CompiledRule {
  readonly rule: PacketRule;
  readonly questions: readonly Question[];
  readonly target: Target | undefined;
}

/** All situations of a router have the same chains. */
const chains = new WeakMap<readonly PacketRule[], readonly CompiledRule[]>();

/** The rules of a chain, in order. */
export function compiled(rules: readonly PacketRule[]): readonly CompiledRule[] {
  let all = chains.get(rules);
  if (!all) {
    all = rules.map(compileRule);
    chains.set(rules, all);
  }
  return all;
}

/** The same rules come again in every snapshot of a run. */
const known = new Map<string, CompiledRule>();
const MOST_KNOWN = 20_000;

function compileRule(rule: PacketRule): CompiledRule {
  const text = ruleText(rule);
  const before = known.get(text);
  if (before) return before;
  const one = compile(rule);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(text, one);
  return one;
}

function compile(rule: PacketRule): CompiledRule {
  const { matches, target, opaque } = rule;
  const questions = matches.flatMap(questionsOf);
  if (!opaque) return { rule, questions, target };
  return {
    ...{ rule, questions: [...questions, () => `${opaque.name} is not understood`] },
    target: { kind: "opaque", words: { ...opaque, name: "?" } },
  };
}

/** All questions together: one "no" decides, whatever cannot be told. */
export function fits({ questions }: CompiledRule, passing: Passing): Answer {
  let unsure: string | undefined;
  for (const question of questions) {
    const answer = question(passing);
    if (answer === false) return false;
    if (answer !== true) unsure ??= answer;
  }
  return unsure ?? true;
}
