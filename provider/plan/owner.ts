/** Owner keys, `project/stack/Kind/name`. */

/** `project/stack`. */
export function stackOf(owner: string): string {
  return owner.split("/", 2).join("/");
}

/** `WanLink site-wan_one`, for people. */
export function shortName(owner: string): string {
  return owner.split("/").slice(2).join(" ");
}

/** `Kind/name`: what a resource is called in whatever stack. */
export function nameInStack(owner: string): string {
  return owner.split("/").slice(2).join("/");
}
