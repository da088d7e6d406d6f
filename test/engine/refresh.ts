/** Refresh: Read every resource, take what it says into the state, Diff only to tell what changed. */

import { settle } from "./compare.ts";
import { type Deployment, indexOlds, report } from "./deployment.ts";
import { ProviderError } from "./edge.ts";
import type { ResourceState } from "./state.ts";
import type { StepOp } from "./steps.ts";
import { isProviderType } from "./urn.ts";
import { equal } from "./values.ts";

interface Refreshed {
  readonly op: StepOp;
  /** Undefined: gone. */
  readonly state: ResourceState | undefined;
}

/** True when every resource could be read. */
export async function refreshAll(deployment: Deployment): Promise<boolean> {
  const { snapshot, registry, emit, executor } = deployment;
  const resources = snapshot.base();
  for (const state of resources) await registry.ensure(state.provider, resources);
  const results = new Map<ResourceState, Refreshed>();
  let isOk = true;

  async function refresh(state: ResourceState): Promise<void> {
    emit({ kind: "start", op: "refresh", old: state, new: state });
    try {
      const result = await refreshOne(deployment, state);
      results.set(state, result);
      emit({
        kind: "done",
        op: deployment.isRefresh ? result.op : "refresh",
        of: "refresh",
        old: state,
        new: result.state,
      });
    } catch (error) {
      isOk = false;
      report(deployment, "error", state.urn, (error as Error).message);
      emit({ kind: "failed", op: "refresh", state });
    }
  }

  const submitted = resources.map(async (state) => (await executor.submit([() => refresh(state)])).finished);
  await Promise.all(submitted);
  const kept = resources
    .map((state) => (results.has(state) ? results.get(state)!.state : state))
    .filter((state) => state !== undefined);
  const rebuilt = dropDangling(kept);
  if (deployment.dryRun) deployment.snapshot.rebase(rebuilt);
  else {
    snapshot.clearPending();
    snapshot.rebase(rebuilt);
  }
  deployment.olds.clear();
  for (const [urn, state] of indexOlds(rebuilt)) deployment.olds.set(urn, state);
  if (!isOk) report(deployment, "error", "", `${deployment.dryRun ? "preview" : "update"} failed`);
  return isOk;
}

async function refreshOne(deployment: Deployment, old: ResourceState): Promise<Refreshed> {
  if (!old.custom || isProviderType(old.type) || old.pendingReplacement) return { op: "same", state: old };
  const plugin = deployment.registry.get(old.provider)!;
  let initErrors: readonly string[] = [];
  const found = await plugin.read(old.urn, old.id, old.inputs, old.outputs).catch((error: Error) => {
    if (!(error instanceof ProviderError) || !error.partial) throw error;
    initErrors = error.partial.reasons;
    report(
      deployment,
      "warning",
      old.urn,
      `Refreshed resource is in an unhealthy state:\n* ${initErrors.join("\n* ")}`,
    );
    return { id: error.partial.id, outputs: error.partial.properties, inputs: error.partial.inputs };
  });
  if (found.id === "" || !found.outputs) return { op: "delete", state: undefined };
  const state: ResourceState = {
    ...old,
    id: found.id,
    initErrors,
    inputs: found.inputs ?? old.inputs,
    outputs: found.outputs,
  };
  if (old.external) return { op: equal(old.outputs, state.outputs) ? "same" : "update", state };
  const answer = await plugin.diff(
    state,
    state.urn,
    state.inputs,
    state.outputs,
    old.inputs,
    deployment.dryRun,
    old.ignoreChanges,
  );
  const diff = settle(answer, state.inputs, old.inputs, old.ignoreChanges);
  return { op: diff.changes === "some" ? "update" : "same", state };
}

/** What is gone can no longer be depended on. */
function dropDangling(resources: readonly ResourceState[]): ResourceState[] {
  const known = new Set<string>();
  return resources.map((state) => {
    known.add(state.urn);
    const keep = (urns: readonly string[]) => urns.filter((urn) => known.has(urn));
    return Object.assign(state, {
      dependencies: keep(state.dependencies),
      propertyDependencies: Object.fromEntries(
        Object.entries(state.propertyDependencies)
          .map(([key, urns]) => [key, keep(urns)] as const)
          .filter(([, urns]) => urns.length > 0),
      ),
      deletedWith: known.has(state.deletedWith) ? state.deletedWith : "",
    });
  });
}
