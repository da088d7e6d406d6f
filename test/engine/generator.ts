/** From a registration to the steps it needs: Check, Diff, and what they call for. */
import { findOld } from "./aliases.ts";
import { diffResource, settle } from "./compare.ts";
import { Bail, bail, type Deployment, report } from "./deployment.ts";
import { show } from "./go-text.ts";
import type { Goal, ReadGoal } from "./goal.ts";
import { dependingOn } from "./graph.ts";
import { ignoreChanges } from "./paths.ts";
import type { Checked } from "./plugin.ts";
import { emptyState, type ResourceState } from "./state.ts";
import type { Reply, Step } from "./steps.ts";
import { createUrn, isProviderType } from "./urn.ts";
import { type Properties, unknownValue } from "./values.ts";

function claimUrn(deployment: Deployment, parent: string, type: string, name: string): string {
  const { stack, project, seen } = deployment;
  if (parent && !seen.has(parent)) throw new Error(`could not find parent resource ${parent}`);
  const urn = createUrn(stack, project, parent, type, name);
  if (seen.has(urn)) throw bail(deployment, urn, `Duplicate resource URN '${urn}'; try giving it a unique name`);
  seen.add(urn);
  return urn;
}

function newState(urn: string, goal: Goal): ResourceState {
  return {
    ...emptyState(urn, goal.type, goal.custom),
    inputs: goal.inputs,
    parent: goal.parent,
    provider: goal.provider,
    dependencies: goal.dependencies,
    propertyDependencies: goal.propertyDependencies,
    protect: goal.protect,
    retainOnDelete: goal.retainOnDelete,
    deletedWith: goal.deletedWith,
    additionalSecretOutputs: goal.additionalSecretOutputs,
    ignoreChanges: goal.ignoreChanges,
    replaceOnChanges: goal.replaceOnChanges,
  };
}

async function check(
  deployment: Deployment,
  next: ResourceState,
  olds: Properties,
  news: Properties,
): Promise<Checked> {
  if (!next.custom) return { inputs: news, failures: [] };
  if (isProviderType(next.type)) {
    return { inputs: await deployment.registry.check(next.urn, olds, news), failures: [] };
  }
  return deployment.registry.get(next.provider)!.check(next.urn, olds, news, deployment.dryRun);
}

function reportFailures(
  deployment: Deployment,
  next: ResourceState,
  name: string,
  { failures, inputs }: Checked,
): void {
  for (const { property, reason } of failures) {
    const value = show(inputs[property]);
    const message = property
      ? `${next.type} resource '${name}': property ${property} value ${value} has a problem: ${reason}`
      : `${next.type} resource '${name}' has a problem: ${reason}`;
    report(deployment, "error", next.urn, message);
  }
  if (failures.length) throw new Bail(`resource ${next.urn} is invalid`);
}

export async function stepsFor(deployment: Deployment, goal: Goal, reply: Reply): Promise<Step[]> {
  const urn = claimUrn(deployment, goal.parent, goal.type, goal.name);
  const old = findOld(deployment, urn, goal);
  const next = newState(urn, goal);
  if (isProviderType(goal.type)) deployment.providers.set(urn, next);
  if (goal.importId)
    throw bail(deployment, urn, "import is not part of the stand-in engine (and fails for dynamic resources)");
  if (goal.custom && !isProviderType(goal.type) && !deployment.registry.get(goal.provider)) {
    throw bail(deployment, urn, `unknown provider '${goal.provider}' for resource '${urn}'`);
  }

  const isRecreating = deployment.deleted.has(urn);
  const isFresh = !old || old.external || isRecreating;
  let wanted = goal.inputs;
  if (old) {
    const ignored = ignoreChanges(goal.inputs, old.inputs, goal.ignoreChanges);
    wanted = ignored.inputs;
    if (ignored.invalid.length) {
      const paths = JSON.stringify(ignored.invalid.join(", "));
      report(deployment, "info", urn, `cannot ignore changes in added or removed elements of the path: ${paths}`);
    }
  }
  const checked = isFresh
    ? await check(deployment, next, {}, goal.inputs)
    : await check(deployment, next, old.inputs, wanted);
  next.inputs = checked.inputs;
  reportFailures(deployment, next, goal.name, checked);

  deployment.operated.add(urn);
  if (!old) return [{ op: "create", new: next, reply }];
  deployment.operated.add(old.urn);
  if (isRecreating) {
    deployment.deleted.delete(urn);
    deployment.replaced.add(urn);
    return [
      { op: "replace", old, new: next, keys: [] },
      { op: "create-replacement", old, new: next, reply, pendingDelete: false },
    ];
  }
  if (old.external) {
    return [
      { op: "create-replacement", old, new: next, reply, pendingDelete: true },
      { op: "replace", old, new: next, keys: [] },
    ];
  }
  return stepsFromDiff(deployment, goal, old, next, reply);
}

async function stepsFromDiff(
  deployment: Deployment,
  goal: Goal,
  old: ResourceState,
  next: ResourceState,
  reply: Reply,
): Promise<Step[]> {
  const diff = await diffResource(deployment, old, next, old.inputs);
  const isReplacing = (diff.changes === "some" && diff.replaces.length > 0) || old.pendingReplacement;
  const update: Step = { op: "update", old, new: next, reply, ignoreChanges: goal.ignoreChanges };
  if (!isReplacing) {
    const isUpdating = diff.changes === "some" || old.initErrors.length > 0;
    return [isUpdating ? update : { op: "same", old, new: next, reply }];
  }
  if (next.protect && old.protect) {
    const message =
      `unable to replace resource "${next.urn}"\nas it is currently marked for protection. To unprotect the resource, ` +
      "remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`";
    throw bail(deployment, next.urn, message);
  }
  deployment.replaced.add(next.urn);
  const checked = await check(deployment, next, {}, goal.inputs);
  next.inputs = checked.inputs;
  reportFailures(deployment, next, goal.name, checked);

  const isDeletedFirst = goal.deleteBeforeReplace ?? diff.deleteBeforeReplace;
  if (!isDeletedFirst) {
    return [
      { op: "create-replacement", old, new: next, reply, pendingDelete: true },
      { op: "replace", old, new: next, keys: diff.replaces },
    ];
  }
  const deletes = await deleteFirst(deployment, old);
  return [
    ...deletes,
    { op: "replace", old, new: next, keys: diff.replaces },
    { op: "create-replacement", old, new: next, reply, pendingDelete: false },
  ];
}

async function deleteFirst(deployment: Deployment, old: ResourceState): Promise<Step[]> {
  const steps: Step[] = [];
  const dependents = await dependentReplacements(deployment, old);
  for (const state of dependents.reverse()) {
    if (deployment.pendingDeletes.has(state)) continue;
    if (state.protect) {
      throw bail(
        deployment,
        old.urn,
        `unable to replace resource "${state.urn}" as part of replacing "${old.urn}" as it is currently marked for protection.`,
      );
    }
    steps.push(
      state.delete ? { op: "delete", old: state } : { op: "delete-replaced", old: state, pendingReplacement: true },
    );
    deployment.deleted.add(state.urn);
    deployment.pendingDeletes.add(state);
  }
  await deployment.registry.ensure(old.provider, deployment.snapshot.base());
  if (!old.pendingReplacement) {
    deployment.pendingDeletes.add(old);
    steps.push({ op: "delete-replaced", old, pendingReplacement: true });
  }
  return steps;
}

/** Dependents that could not survive the loss: their diff, with what they take from it unknown, asks for a replacement. */
async function dependentReplacements(deployment: Deployment, root: ResourceState): Promise<ResourceState[]> {
  const resources = deployment.snapshot.base();
  const replacing = new Set([root.urn]);
  const found: ResourceState[] = [];
  for (const state of dependingOn(root, resources, deployment.operated)) {
    if (!state.custom || state.external || isProviderType(state.type)) continue;
    const isBound = Boolean(state.deletedWith && replacing.has(state.deletedWith));
    const taken = takenFrom(state, replacing);
    if (!isBound && taken.length === 0) continue;
    await deployment.registry.ensure(state.provider, resources);
    if (!isBound && !(await asksForReplacement(deployment, state, taken))) continue;
    replacing.add(state.urn);
    found.push(state);
  }
  return found;
}

/** Inputs that are outputs of one of these. */
function takenFrom({ inputs, propertyDependencies }: ResourceState, urns: ReadonlySet<string>): string[] {
  return Object.keys(inputs).filter((key) => (propertyDependencies[key] ?? []).some((urn) => urns.has(urn)));
}

async function asksForReplacement(
  { registry }: Deployment,
  state: ResourceState,
  taken: readonly string[],
): Promise<boolean> {
  const { urn, inputs: olds, outputs, ignoreChanges } = state;
  const inputs: Properties = { ...olds, ...Object.fromEntries(taken.map((key) => [key, unknownValue])) };
  const diff = await registry.get(state.provider)!.diff(state, urn, olds, outputs, inputs, true, ignoreChanges);
  return settle(diff, olds, inputs, ignoreChanges).replaces.length > 0;
}

export function stepsForRead(deployment: Deployment, goal: ReadGoal, reply: Reply): Step[] {
  const urn = claimUrn(deployment, goal.parent, goal.type, goal.name);
  const old = findOld(deployment, urn, { ...goal, aliases: [] });
  const next: ResourceState = {
    ...emptyState(urn, goal.type, true),
    id: goal.id,
    inputs: goal.properties,
    parent: goal.parent,
    provider: goal.provider,
    dependencies: goal.dependencies,
    external: true,
    additionalSecretOutputs: goal.additionalSecretOutputs,
  };
  deployment.operated.add(urn);
  if (old && !old.external && old.id !== goal.id) {
    return [
      { op: "read-replacement", old, new: next, reply },
      { op: "replace", old, new: next, keys: [] },
    ];
  }
  return [{ op: "read", old, new: next, reply }];
}
