/** What a preview of an unchanged declaration says of a router, as lines and as an issue's text. Pure. */

import { type InputDiff, isManaged, isProvider, resourceName, type SavedPlan } from "../delivery/saved-plan.ts";
import { fitted } from "../forge/fit.ts";
import { fenced } from "../review/escape.ts";

export interface DriftReport {
  /** Of each resource, what differs on the router from what the last run left. */
  readonly drift: readonly Lines[];
  /** What is declared, and not applied: the lines of its declaration where they change, else the step. */
  readonly pending: readonly Lines[];
  /** What the preview warned of that is drift beside the resources, such as a jump that another program has overtaken. */
  readonly warnings: readonly string[];
}

export interface Lines {
  readonly resource: string;
  readonly lines: readonly string[];
}

/** @param warnings of the preview */
export function reportOfDrift({ resourcePlans }: SavedPlan, warnings: readonly string[]): DriftReport {
  const changed = Object.entries(resourcePlans).filter(
    ([urn, { steps = [] }]) => !isProvider(urn) && isResource(urn) && steps.some((step) => step !== "same"),
  );
  const all = changed.map(([urn, { goal, steps = [] }]) => {
    const { drift, others } = partsOf(goal?.inputDiff ?? {});
    return { resource: resourceName(urn), drift, pending: drift.length > 0 && !others ? [] : [steps.join(", ")] };
  });
  return {
    drift: all.flatMap(({ resource, drift }) => (drift.length > 0 ? [{ resource, lines: drift }] : [])),
    pending: all.flatMap(({ resource, pending }) => (pending.length > 0 ? [{ resource, lines: pending }] : [])),
    warnings: warnings.filter((text) => text.includes(": drift: ")),
  };
}

export function isClean({ drift, pending, warnings }: DriftReport): boolean {
  return drift.length + pending.length + warnings.length === 0;
}

/** A component's step follows from those of its resources. */
function isResource(urn: string): boolean {
  return isManaged(urn) || !/::(pulumi:pulumi:Stack|multiwan:index:MultiWan)::/.test(urn);
}

/** What follows from the lines that are missing is not told a second time. */
const FOLLOWS = ["drift", "adds", "replaces", "adopts"];

function partsOf({ adds = {}, updates = {}, deletes = [] }: InputDiff): { drift: readonly string[]; others: boolean } {
  const drift = [adds.drift, updates.drift].flat().filter((line): line is string => typeof line === "string");
  const keys = [...Object.keys(adds), ...Object.keys(updates), ...deletes];
  return { drift, others: keys.some((key) => !FOLLOWS.includes(key)) };
}

/** For people: headings and indented lines. */
export function textOfDrift({ drift, pending, warnings }: DriftReport): readonly string[] {
  const part = (heading: string, lines: readonly string[]) => (lines.length === 0 ? [] : [heading, ...lines, ""]);
  const told = (some: readonly Lines[]) =>
    some.flatMap(({ resource, lines }) => [`  ${resource}`, ...lines.map((line) => `    ${line}`)]);
  return [
    ...part("Changed on the router since the last run:", [
      ...told(drift),
      ...warnings.flatMap((text) => text.split("\n").map((line) => `  ${line}`)),
    ]),
    ...part("Declared, and not applied:", told(pending)),
  ];
}

/**
 * The same as Markdown. The lines come from a router: nothing in them ends the fence.
 * @param limit characters that there is room for
 */
export function issueOf(stack: string, report: DriftReport, limit = Number.POSITIVE_INFINITY): string {
  const lines = textOfDrift(report).join("\n").trimEnd().split("\n");
  return fitted(lines, limit, (kept, left) => issueWith(stack, kept, left));
}

function issueWith(stack: string, lines: readonly string[], left: number): string {
  const more = left === 1 ? "One line more is" : `${left} lines more are`;
  return [
    `The router of \`${stack}\` is not as it was left.`,
    "",
    fenced(lines),
    "",
    ...(left === 0
      ? []
      : [`${more} left out: the host takes no longer text. \`multiwan drift --stack ${stack}\` prints all.`, ""]),
    "`pulumi up` mends what is missing and takes away what is too much. What is to stay has to be declared first.",
    "This issue is updated by the next check, and closed by the first one that finds nothing.",
    "",
  ].join("\n");
}

export function markerOf(project: string, stack: string): string {
  return `<!-- multiwan drift ${project}/${stack} -->`;
}
