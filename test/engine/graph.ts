/** Dependencies in state order: who must outlive whom. */
import type { ResourceState } from "./state.ts";
import { parseReference } from "./urn.ts";

function directUrns(state: ResourceState): Set<string> {
  const urns = new Set(state.dependencies);
  for (const list of Object.values(state.propertyDependencies)) for (const urn of list) urns.add(urn);
  if (state.deletedWith) urns.add(state.deletedWith);
  if (state.provider) urns.add(parseReference(state.provider).urn);
  return urns;
}

/** A dependency on a component is one on its children as well. */
export function dependenciesOf(state: ResourceState, resources: readonly ResourceState[]): Set<ResourceState> {
  const urns = directUrns(state);
  const before = resources.slice(0, resources.indexOf(state));
  const found = new Set<ResourceState>();
  for (const candidate of before) {
    if (candidate.urn === state.parent) found.add(candidate);
    if (!urns.has(candidate.urn)) continue;
    found.add(candidate);
    if (!candidate.custom) for (const child of before) if (child.parent === candidate.urn) found.add(child);
  }
  return found;
}

/** Everything after `root` that depends on it, directly or not; children do not count. */
export function dependingOn(
  root: ResourceState,
  resources: readonly ResourceState[],
  ignore: ReadonlySet<string>,
): ResourceState[] {
  const dependents: ResourceState[] = [];
  const urns = new Set([root.urn]);
  for (const candidate of resources.slice(resources.indexOf(root) + 1)) {
    if (ignore.has(candidate.urn)) continue;
    if (![...directUrns(candidate)].some((urn) => urns.has(urn))) continue;
    dependents.push(candidate);
    urns.add(candidate.urn);
  }
  return dependents;
}

/** Groups to delete one after the other; within a group, together. */
export function deletionOrder(
  condemned: readonly ResourceState[],
  resources: readonly ResourceState[],
): ResourceState[][] {
  const left = new Set(condemned);
  const groups: ResourceState[][] = [];
  while (left.size) {
    const ready = [...left].filter((state) => ![...dependenciesOf(state, resources)].some((other) => left.has(other)));
    if (ready.length === 0) throw new Error("the dependencies in the state file form a cycle");
    for (const state of ready) left.delete(state);
    groups.push(ready);
  }
  return groups.reverse();
}
