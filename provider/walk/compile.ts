/** A rule of netfilter as questions and a target, compiled once. */
import { ruleText } from "../dialects/iptables/packet-rule.ts";
import type { PacketRule, Target } from "../model/packet-rule.ts";
import { questionsOf } from "./matches.ts";
import type { Passing } from "./passing.ts";

/** Does it fit? A text says that nobody here can tell, and why. */
export type Answer = boolean | string;
export type Question = (passing: Passing) => Answer;

export interface CompiledRule {
  readonly rule: PacketRule;
  /** As the router's tool prints it, for people. */
  readonly text: string;
  readonly questions: readonly Question[];
  readonly target: Target | undefined;
}

/** The same rules come again in every snapshot of a run. */
const known = new Map<string, CompiledRule>();
const MOST_KNOWN = 20_000;

export function compileRule(rule: PacketRule): CompiledRule {
  const text = ruleText(rule);
  const before = known.get(text);
  if (before) return before;
  const compiled = compile(rule, text);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(text, compiled);
  return compiled;
}

function compile(rule: PacketRule, text: string): CompiledRule {
  const { matches, target, opaque } = rule;
  const questions = matches.flatMap(questionsOf);
  if (!opaque) return { rule, text, questions, target };
  return {
    ...{ rule, text, questions: [...questions, () => `${opaque.name} is not understood`] },
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
