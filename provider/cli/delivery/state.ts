/** What the state holds of this package's resources, as digests: a plan says what a value becomes, not what it was. Pure. */
import { createHash } from "node:crypto";
import { withoutNews } from "../../lifecycle/inputs.ts";
import { isManaged, type SavedPlan } from "./saved-plan.ts";
import { collected } from "./settings.ts";
import type { AllSettings } from "./told-settings.ts";

/** A resource of this package, as the state holds it. */
interface Held {
  readonly urn: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly delete?: boolean;
}

export interface State {
  /** By URN; none for a stack that has no resources. */
  readonly digests: Record<string, string>;
  /** The drift that the last run has mended, by URN. Where the same line is missing again a plan does not mention it. */
  readonly drifts: Record<string, readonly string[]>;
  /** Those that the last run was made with. */
  readonly settings: AllSettings;
}

/** @param exported what `pulumi stack export` prints */
export function parseState(exported: string): State {
  const { deployment } = JSON.parse(exported) as { deployment?: unknown };
  const { resources = [] } = Object(deployment) as { resources?: readonly Held[] };
  const managed = resources.filter((one) => isManaged(one.urn) && one.delete !== true);
  return {
    digests: Object.fromEntries(managed.map(({ urn, inputs = {} }) => [urn, digest(inputs)])),
    drifts: Object.fromEntries(
      managed.flatMap(({ urn, inputs }) =>
        Array.isArray(inputs?.drift) ? [[urn, inputs.drift as string[]] as const] : [],
      ),
    ),
    settings: collected(resources.map(({ urn, inputs = {} }) => [urn, inputs])),
  };
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

function digest(inputs: Readonly<Record<string, unknown>>): string {
  return createHash("sha256")
    .update(JSON.stringify(sorted(withoutNews(inputs))))
    .digest("hex")
    .slice(0, 16);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, one]) => [key, sorted(one)]));
}
