/** Why a plan is not applied, in words. Pure. */
import type { About, Difference } from "./compare.ts";

const HEADINGS: readonly (readonly [about: About, heading: string])[] = [
  ["machine", "Another router answers than at the review:"],
  ["router", "Changed on the router since the review:"],
  ["declared", "Declared otherwise than in the review:"],
  ["state", "Another pulumi up has been since the review:"],
];

/** Lines, the last of which says what to do. */
export function refusal(differences: readonly Difference[]): readonly string[] {
  const parts = HEADINGS.flatMap(([about, heading]) => {
    const own = differences.filter((one) => one.about === about);
    return own.length === 0 ? [] : [heading, ...own.flatMap(lines), ""];
  });
  const about = new Set(differences.map((one) => one.about));
  const todo = about.has("router")
    ? "If the router is to stay as it is now, declare it so. "
    : about.has("machine")
      ? "See that host and hostKey name the router that was meant. "
      : "";
  return [...parts, `Nothing was changed. ${todo}Preview again, and have the new plan reviewed.`];
}

function lines({ resource, lines }: Difference): readonly string[] {
  return [`  ${resource}`, ...lines.map((line) => `    ${line}`)];
}
