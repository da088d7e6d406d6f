/** A resource as a policy is shown it: the inputs of a preview, secrets in clear, `__provider` left out. */
import { DYNAMIC_PROVIDER } from "../cli/stack/names.ts";
import { TYPE_PREFIX } from "../kinds/type-token.ts";
import { parseRouterSettings, type RouterSettings } from "../ssh/settings.ts";

export interface Seen {
  readonly type: string;
  readonly urn: string;
  readonly props: Readonly<Record<string, unknown>>;
}

export interface Violation {
  readonly message: string;
  /** The resource that it is about; none for the stack. */
  readonly urn?: string;
}

/** Resources of one kind. */
export function ofKind(resources: readonly Seen[], kind: string): readonly Seen[] {
  return resources.filter(({ type }) => type === `${TYPE_PREFIX}${kind}`);
}

export interface Reached {
  readonly urn: string;
  readonly settings: RouterSettings;
}

/** The routers of the stack; settings that are wrong are told by the preview itself. */
export function routersOf(resources: readonly Seen[]): readonly Reached[] {
  return resources
    .filter(({ type, props }) => type === DYNAMIC_PROVIDER && props["multiwan:router"] !== undefined)
    .flatMap(({ urn, props }) => {
      const read = parseRouterSettings(props["multiwan:router"]);
      return "settings" in read ? [{ urn, settings: read.settings }] : [];
    });
}

/** Lines of the resource's fragment. */
export function linesOf({ props }: Seen): readonly string[] {
  return typeof props.config === "string" ? props.config.split("\n") : [];
}
