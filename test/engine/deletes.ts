/** The end of an operation: whatever no step was made for is deleted, dependents first. */
import { applyStep } from "./apply.ts";
import type { Deployment } from "./deployment.ts";
import { deletionOrder } from "./graph.ts";
import type { ResourceState } from "./state.ts";
import type { Step } from "./steps.ts";

function stepFor(deployment: Deployment, state: ResourceState): Step | undefined {
  if (state.delete) {
    if (deployment.pendingDeletes.has(state)) return undefined;
    return { op: "delete-replaced", old: state, pendingReplacement: false };
  }
  if (deployment.operated.has(state.urn)) return undefined;
  if (state.pendingReplacement) return { op: "remove-pending-replace", old: state };
  return { op: state.external ? "discard" : "delete", old: state };
}

export async function deleteRest(deployment: Deployment): Promise<void> {
  const { executor, registry, snapshot } = deployment;
  const resources = snapshot.base();
  const steps = new Map<ResourceState, Step>();
  for (const state of resources) {
    const step = stepFor(deployment, state);
    if (!step) continue;
    steps.set(state, step);
    deployment.deleted.add(state.urn);
    await registry.ensure(state.provider, resources);
  }
  for (const group of deletionOrder([...steps.keys()], resources)) {
    const chains = group.map((state) => executor.submit([() => applyStep(deployment, steps.get(state)!)]));
    await Promise.all(chains.map(async (chain) => (await chain).finished));
  }
}
