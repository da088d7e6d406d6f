/**
 * Whose a line is: a resource of a stack. As text it is the key of the router's manifest and of all maps by owner; this file alone
 * writes and reads that text.
 */

export interface Owner {
  readonly project: string;
  readonly stack: string;
  /** Name of the kind, `WanLink`. Of another version it may be one that this one does not have. */
  readonly kind: string;
  /** Of the resource; it may hold slashes. */
  readonly name: string;
}

/** `project/stack/Kind/name`. Stands in states and manifests: never changes. */
export function formatOwner({ project, stack, kind, name }: Owner): string {
  return [project, stack, kind, name].join("/");
}

/** The inverse. Parts that a text does not have are empty. */
export function parseOwner(text: string): Owner {
  const [project = "", stack = "", kind = "", ...name] = text.split("/");
  return { project, stack, kind, name: name.join("/") };
}

/** An owner is one line, in the manifest and in a comment of the boot file, which is a script: a newline would end it. */
export function isOwner(text: string): boolean {
  return text !== "" && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(text);
}

/** `project/stack`. */
export function stackOf(owner: string): string {
  const { project, stack } = parseOwner(owner);
  return `${project}/${stack}`;
}

/** `WanLink site-wan_one`, for people. */
export function shortName(owner: string): string {
  const { kind, name } = parseOwner(owner);
  // Boot files have it so: a slash that stayed one would be their drift.
  return name === "" ? kind : `${kind} ${name.replaceAll("/", " ")}`;
}

/** The resource of that kind and name in another stack. @param stack `project/stack` */
export function inStack(owner: string, stack: string): string {
  const { kind, name } = parseOwner(owner);
  return formatOwner({ ...parseOwner(stack), kind, name });
}
