/** A rule of iptables as a test and a target, compiled once. */
import { canonicalShape } from "../dialects/iptables/canonical-rule.ts";
import { type RulePart, type RuleShape, shapeOf } from "../dialects/iptables/rule-shape.ts";
import { orElse } from "../model/not-understood.ts";
import { baseTest, matchTest } from "./matches.ts";
import type { Passing } from "./passing.ts";
import { type Target, targetOf } from "./targets.ts";

/** Does it fit? A text says that nobody here can tell, and why. */
export type Answer = boolean | string;
export type Test = (passing: Passing) => Answer;

export interface CompiledRule {
  readonly text: string;
  readonly tests: readonly Test[];
  readonly target: Target;
}

/** The same texts come again in every snapshot of a run. */
const known = new Map<string, CompiledRule>();
const MOST_KNOWN = 20_000;

export function compileRule(text: string): CompiledRule {
  const before = known.get(text);
  if (before) return before;
  const compiled = compile(text);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(text, compiled);
  return compiled;
}

function compile(text: string): CompiledRule {
  let shape: RuleShape;
  try {
    shape = canonicalShape(shapeOf(text));
  } catch {
    const tests = [...literalTests(text), () => "it is not understood"];
    return { text, tests, target: { kind: "unmodelled", name: "?" } };
  }
  const parts: readonly RulePart[] = shape.matches;
  return {
    text,
    tests: [...shape.base.map(baseTest), ...parts.flatMap(matchTest)],
    target: targetOf(shape.target),
  };
}

/** -s -d -i -o -p stand before everything else, as iptables-save prints a rule. */
function literalTests(text: string): Test[] {
  const words = text.split(" ");
  const end = words.findIndex((word) => /^-/.test(word) && !/^-[sdiop]$/.test(word));
  return orElse(
    () => shapeOf(words.slice(0, Math.max(end, 0)).join(" ")).base.map(baseTest),
    () => [],
  );
}

/** All tests together: one "no" decides, whatever cannot be told. */
export function fits(rule: CompiledRule, passing: Passing): Answer {
  let unsure: string | undefined;
  for (const test of rule.tests) {
    const answer = test(passing);
    if (answer === false) return false;
    if (answer !== true) unsure ??= answer;
  }
  return unsure ?? true;
}
