/** URNs, provider references, and the types that mean something to the engine. */
export const stackType = "pulumi:pulumi:Stack";
export const nodejsProvider = "pulumi:providers:pulumi-nodejs";

/** Of the package that a type belongs to: `pulumi:providers:command` of `command:local:Command`. */
export const providerType = (type: string) => `pulumi:providers:${type.split(":", 1)[0]}`;

export const isProviderType = (type: string) => type.startsWith("pulumi:providers:");

export function createUrn(stack: string, project: string, parent: string, type: string, name: string): string {
  const isRoot = parent === "" || qualifiedType(parent) === stackType;
  const prefix = isRoot ? `urn:pulumi:${stack}::${project}::` : `${parent.slice(0, parent.lastIndexOf("::"))}$`;
  return `${prefix}${type}::${name}`;
}

/** A name may hold `::` itself: the first three separators count. */
const parts = (urn: string) => urn.split("::");

export const qualifiedType = (urn: string) => parts(urn)[2] ?? "";
export const urnType = (urn: string) => qualifiedType(urn).split("$").at(-1)!;
export const urnName = (urn: string) => parts(urn).slice(3).join("::");
export const isStack = (urn: string) => qualifiedType(urn) === stackType;

export interface Reference {
  readonly urn: string;
  readonly id: string;
}

export function parseReference(text: string): Reference {
  const at = text.lastIndexOf("::");
  return { urn: text.slice(0, at), id: text.slice(at + 2) };
}

export const reference = (urn: string, id: string) => `${urn}::${id}`;
/** The engine registers this one itself and never counts or shows it. */
export const isDefaultProvider = (urn: string) => isProviderType(urnType(urn)) && urnName(urn).startsWith("default");
