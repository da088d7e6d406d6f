/** What the program asks for: RegisterResource and ReadResource requests as data. */
import { fromStruct, type Message } from "./edge.ts";
import type { Properties } from "./values.ts";

export type Alias =
  | { readonly urn: string }
  | {
      readonly name: string;
      readonly type: string;
      readonly parent: string;
      readonly noParent: boolean;
      readonly project: string;
      readonly stack: string;
    };

export interface Goal {
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  readonly parent: string;
  readonly inputs: Properties;
  readonly dependencies: readonly string[];
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  readonly provider: string;
  readonly protect: boolean;
  readonly deleteBeforeReplace: boolean | undefined;
  readonly ignoreChanges: readonly string[];
  readonly replaceOnChanges: readonly string[];
  readonly aliases: readonly Alias[];
  readonly importId: string;
  readonly additionalSecretOutputs: readonly string[];
  readonly retainOnDelete: boolean;
  readonly deletedWith: string;
}

export interface ReadGoal {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly parent: string;
  readonly properties: Properties;
  readonly dependencies: readonly string[];
  readonly provider: string;
  readonly additionalSecretOutputs: readonly string[];
}

function aliasOf(message: Message): Alias {
  if (!message.hasSpec()) return { urn: message.getUrn() };
  const spec = message.getSpec();
  return {
    name: spec.getName(),
    type: spec.getType(),
    parent: spec.getParenturn(),
    noParent: spec.getNoparent(),
    project: spec.getProject(),
    stack: spec.getStack(),
  };
}

export function goalOf(request: Message): Goal {
  const inputs = fromStruct(request.getObject());
  const dependencies: string[] = [...new Set<string>(request.getDependenciesList())].sort();
  const perProperty: Record<string, readonly string[]> = {};
  request.getPropertydependenciesMap().forEach((value: Message, key: string) => {
    perProperty[key] = [...value.getUrnsList()].sort();
  });
  const isPerProperty = Object.keys(perProperty).length > 0;
  const hasOrder = request.getDeletebeforereplacedefined() || request.getDeletebeforereplace();
  return {
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    parent: request.getParent(),
    inputs,
    dependencies,
    propertyDependencies: isPerProperty
      ? perProperty
      : Object.fromEntries(Object.keys(inputs).map((key) => [key, dependencies])),
    provider: request.getProvider(),
    protect: request.getProtect() ?? false,
    deleteBeforeReplace: hasOrder ? request.getDeletebeforereplace() : undefined,
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    aliases: [...request.getAliasurnsList().map((urn: string) => ({ urn })), ...request.getAliasesList().map(aliasOf)],
    importId: request.getImportid(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    retainOnDelete: request.getRetainondelete() ?? false,
    deletedWith: request.getDeletedwith(),
  };
}

export function readGoalOf(request: Message): ReadGoal {
  return {
    id: request.getId(),
    type: request.getType(),
    name: request.getName(),
    parent: request.getParent(),
    properties: fromStruct(request.getProperties()),
    dependencies: [...new Set<string>(request.getDependenciesList())].sort(),
    provider: request.getProvider(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
  };
}
