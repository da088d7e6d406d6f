/** Finding the old state of a resource, under its own name or an alias. */
import { bail, type Deployment } from "./deployment.ts";
import type { Alias, Goal } from "./goal.ts";
import type { ResourceState } from "./state.ts";
import { createUrn, isStack, qualifiedType, urnName, urnType } from "./urn.ts";

function collapse(deployment: Deployment, goal: Pick<Goal, "name" | "type" | "parent">, alias: Alias): string {
  if ("urn" in alias) return alias.urn;
  let parent = alias.parent ? (deployment.aliases.get(alias.parent) ?? alias.parent) : goal.parent;
  if (alias.noParent || (parent && isStack(parent))) parent = "";
  const { stack, project } = deployment;
  return createUrn(
    alias.stack || stack,
    alias.project || project,
    parent,
    alias.type || goal.type,
    alias.name || goal.name,
  );
}

/** A child named after its parent follows the parent's old name. */
function inherited(deployment: Deployment, type: string, name: string, parent: string, oldParent: string): string {
  const parentName = urnName(parent);
  const oldName = name.startsWith(parentName) ? urnName(oldParent) + name.slice(parentName.length) : name;
  return `urn:pulumi:${deployment.stack}::${deployment.project}::${qualifiedType(oldParent)}$${type}::${oldName}`;
}

function aliasUrns(deployment: Deployment, goal: Pick<Goal, "name" | "type" | "parent" | "aliases">): string[] {
  const own = goal.aliases.map((alias) => collapse(deployment, goal, alias));
  const oldParent = goal.parent ? deployment.aliases.get(goal.parent) : undefined;
  if (!oldParent) return own;
  const followed = own.map((urn) => inherited(deployment, urnType(urn), urnName(urn), goal.parent, oldParent));
  return [...own, inherited(deployment, goal.type, goal.name, goal.parent, oldParent), ...followed];
}

export function findOld(
  deployment: Deployment,
  urn: string,
  goal: Pick<Goal, "name" | "type" | "parent" | "aliases">,
): ResourceState | undefined {
  const { olds, aliases, aliased, seen, snapshot } = deployment;
  const claimed = aliased.get(urn);
  if (claimed)
    throw bail(
      deployment,
      urn,
      `Duplicate resource URN '${urn}' conflicting with alias on resource with URN '${claimed}'`,
    );
  for (const candidate of [urn, ...aliasUrns(deployment, goal)]) {
    const old = olds.get(candidate);
    if (!old) continue;
    if (candidate !== urn) {
      const owner = seen.has(candidate) ? urn : aliased.get(candidate);
      if (owner) {
        throw bail(
          deployment,
          urn,
          `Duplicate resource alias '${candidate}' applied to resource with URN '${urn}' conflicting with resource with URN '${owner}'`,
        );
      }
      aliased.set(candidate, urn);
      aliases.set(urn, candidate);
      snapshot.rename(candidate, urn);
    }
    return old;
  }
  return undefined;
}
