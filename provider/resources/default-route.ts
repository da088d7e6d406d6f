import type { defaultRouteArgs as schema } from "../kinds/default-route.ts";
import { type ArgsOf, RouterResource, type RouterResourceOptions, typeToken } from "./base.ts";

/** What a `DefaultRoute` takes. */
export interface DefaultRouteArgs extends ArgsOf<typeof schema> {}

/**
 * The main table's default route: the link that packets without a mark leave by. Takes over a default of the same
 * metric, and gives it back on destroy.
 *
 * ```ts
 * new DefaultRoute("default", { device: "eth1", gateway: "149.99.251.145" });
 * ```
 */
export class DefaultRoute extends RouterResource {
  constructor(name: string, args: DefaultRouteArgs, options?: RouterResourceOptions) {
    super("DefaultRoute", name, args, options);
  }

  /** Is it a `DefaultRoute`, also one made by another copy of this package? */
  static override isInstance(value: unknown): value is DefaultRoute {
    return (value as { __pulumiType?: unknown } | undefined)?.__pulumiType === typeToken("DefaultRoute");
  }
}
