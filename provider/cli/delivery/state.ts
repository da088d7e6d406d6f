/** What the state holds of this package's resources, as digests: a plan says what a value becomes, not what it was. Pure. */
import { createHash } from "node:crypto";
import { isManaged } from "./saved-plan.ts";

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
