/** What the state holds of this package's resources, as digests: a plan says what a value becomes, not what it was. Pure. */
import { createHash } from "node:crypto";
import { isManaged, type SavedPlan } from "./saved-plan.ts";

/** Inputs that only one run shows (`withoutNews` in lifecycle/inputs.ts): a run that changes nothing drops them. */
const NEWS = ["drift", "adds", "takesOver"];

/**
 * @param exported what `pulumi stack export` prints
 * @returns by URN; empty for a stack that has no resources
 */
export function digestsOf(exported: string): Record<string, string> {
  const { resources = [] } = Object((JSON.parse(exported) as { deployment?: unknown }).deployment) as {
    resources?: readonly { urn: string; inputs?: Record<string, unknown>; delete?: boolean }[];
  };
  const managed = resources.filter((one) => isManaged(one.urn) && one.delete !== true);
  return Object.fromEntries(managed.map(({ urn, inputs = {} }) => [urn, digest(inputs)]));
}

/**
 * The drift that the last run has mended stands in the state. Where the same line is missing again a plan does not mention it.
 * @returns lines by URN
 */
export function driftsOf(exported: string): Record<string, readonly string[]> {
  const { resources = [] } = Object((JSON.parse(exported) as { deployment?: unknown }).deployment) as {
    resources?: readonly { urn: string; inputs?: Record<string, unknown>; delete?: boolean }[];
  };
  return Object.fromEntries(
    resources.flatMap(({ urn, inputs, delete: gone }) =>
      isManaged(urn) && gone !== true && Array.isArray(inputs?.drift) ? [[urn, inputs.drift as string[]] as const] : [],
    ),
  );
}

/** The plan with drift that is the same as in the state told as well. For comparing and telling: the engine is given the plan as it is. */
export function withDrift({ resourcePlans, ...plan }: SavedPlan, drifts: Record<string, readonly string[]>): SavedPlan {
  const parts = Object.entries(resourcePlans).map(([urn, part]) => {
    const { goal } = part;
    const { adds, updates, deletes = [] } = goal?.inputDiff ?? {};
    const isTold = adds?.drift !== undefined || updates?.drift !== undefined || deletes.includes("drift");
    const isSame = (part.steps ?? []).every((step) => step === "same");
    if (goal === undefined || drifts[urn] === undefined || isTold || isSame) return [urn, part];
    const inputDiff = { ...goal.inputDiff, updates: { ...updates, drift: drifts[urn] } };
    return [urn, { ...part, goal: { ...goal, inputDiff } }];
  });
  return { ...plan, resourcePlans: Object.fromEntries(parts) };
}

function digest(inputs: Record<string, unknown>): string {
  const kept = Object.entries(inputs).filter(([key]) => !NEWS.includes(key));
  return createHash("sha256")
    .update(JSON.stringify(sorted(Object.fromEntries(kept))))
    .digest("hex")
    .slice(0, 16);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, one]) => [key, sorted(one)]));
}
