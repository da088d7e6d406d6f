/** Asking for a resource's diff, whoever owns it: a dynamic provider, the provider registry, or nobody (components). */
import { type Deployment, report } from "./deployment.ts";
import { objectDiff } from "./object-diff.ts";
import { ignoreChanges, parsePath } from "./paths.ts";
import { type Diff, DiffUnavailable } from "./plugin.ts";
import type { ResourceState } from "./state.ts";
import { isProviderType, parseReference } from "./urn.ts";
import { equal, type Properties, unwrap } from "./values.ts";

const same: Diff = { changes: "none", replaces: [], deleteBeforeReplace: false };
const changed: Diff = { changes: "some", replaces: [], deleteBeforeReplace: false };
const replacedBy = (key: string): Diff => ({ ...changed, replaces: [key] });

/** No opinion from the provider: old inputs against new ones decide. */
export function settle(diff: Diff, oldInputs: Properties, inputs: Properties, ignored: readonly string[]): Diff {
  if (diff.changes !== "unknown") return diff;
  const next = ignoreChanges(inputs, oldInputs, ignored).inputs;
  const found = objectDiff(unwrap(oldInputs) as Properties, unwrap(next) as Properties);
  if (!found) return { ...diff, changes: "none" };
  return {
    ...diff,
    changes: "some",
    changedKeys: [...found.adds.keys(), ...found.deletes.keys(), ...found.updates.keys()],
  };
}

/** Provider resources compare by configuration; only a vanished reference replaces what uses it. */
async function providerChanged(deployment: Deployment, old: ResourceState, next: ResourceState): Promise<boolean> {
  if (old.provider === next.provider) return false;
  if (old.provider === "" || next.provider === "") return true;
  const before = parseReference(old.provider);
  const after = parseReference(next.provider);
  if (deployment.aliased.get(before.urn) === after.urn) return false;
  const oldState = deployment.olds.get(before.urn);
  const newState = deployment.providers.get(after.urn);
  const plugin = deployment.registry.get(next.provider);
  if (oldState && newState && plugin)
    await plugin.diffConfig(after.urn, oldState.inputs, oldState.outputs, newState.inputs);
  return false;
}

export async function diffResource(
  deployment: Deployment,
  old: ResourceState,
  next: ResourceState,
  oldInputs: Properties,
): Promise<Diff> {
  const { registry, replaced, dryRun } = deployment;
  if (next.deletedWith && replaced.has(next.deletedWith)) return replacedBy("deletedWith");
  if (await providerChanged(deployment, old, next)) return replacedBy("provider");
  if (!next.custom) return equal(oldInputs, next.inputs) ? same : changed;
  if (isProviderType(next.type)) return registry.diff(old, next.urn, oldInputs, old.outputs, next.inputs);
  const plugin = registry.get(next.provider)!;
  try {
    const answer = await plugin.diff(old, next.urn, oldInputs, old.outputs, next.inputs, dryRun, next.ignoreChanges);
    return withReplaceOnChanges(settle(answer, oldInputs, next.inputs, next.ignoreChanges), next.replaceOnChanges);
  } catch (error) {
    if (!(error instanceof DiffUnavailable)) throw error;
    report(deployment, "warning", next.urn, error.message);
    return changed;
  }
}

/** Needs to know which keys changed, which a dynamic provider that answers `changes: true` does not say. */
export function withReplaceOnChanges(diff: Diff, paths: readonly string[]): Diff {
  if (diff.changes !== "some" || !diff.changedKeys) return diff;
  const heads = new Set(
    paths
      .map((path) => parsePath(path))
      .filter((path) => path.length === 1)
      .map((path) => path[0]),
  );
  const extra = diff.changedKeys.filter((key) => heads.has("*") || heads.has(key));
  return { ...diff, replaces: [...new Set([...diff.replaces, ...extra])] };
}
