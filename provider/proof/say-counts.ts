/** How many claims hold before a change and after it, as a sentence of the preview, which `multiwan review` reads again. Pure. */
import type { Counts, Outlook } from "./outlook.ts";

const ANSWERS = [
  ["yes", "hold"],
  ["no", "do not"],
  ["shut", "shut by rules"],
  ["cannot tell", "cannot be told"],
] as const satisfies readonly (readonly [keyof Counts, string])[];

const NONE: Counts = { yes: 0, no: 0, shut: 0, "cannot tell": 0 };

/**
 * `proof: 124 hold before this change, 126 after; 2 do not before, 0 after`. An answer that no claim has, before and after, is left out.
 * @returns undefined where nothing changes
 */
export function sayCounts({ counts }: Pick<Outlook, "counts">): string | undefined {
  if (!counts) return undefined;
  const { before, after } = counts;
  const rest = ANSWERS.slice(1).filter(([kind]) => before[kind] + after[kind] > 0);
  const more = rest.map(([kind, words]) => `; ${before[kind]} ${words} before, ${after[kind]} after`);
  return `proof: ${before.yes} hold before this change, ${after.yes} after${more.join("")}`;
}

/** The numbers of such a sentence, with or without the router's name in front of it; undefined where it is none. */
export function parseCounts(text: string): NonNullable<Outlook["counts"]> | undefined {
  const match =
    /^(?:\S+: )?proof: (\d+) hold before this change, (\d+) after((?:; \d+ [a-z ]+ before, \d+ after)*)$/.exec(text);
  if (!match) return undefined;
  const [, yesBefore, yesAfter, rest = ""] = match;
  const before = { ...NONE, yes: Number(yesBefore) };
  const after = { ...NONE, yes: Number(yesAfter) };
  for (const [, was, words, is] of rest.matchAll(/; (\d+) ([a-z ]+) before, (\d+) after/g)) {
    const kind = ANSWERS.find(([, one]) => one === words)?.[0];
    if (kind === undefined) return undefined;
    before[kind] = Number(was);
    after[kind] = Number(is);
  }
  return { before, after };
}
