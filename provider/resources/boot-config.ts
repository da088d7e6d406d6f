import type { bootConfigArgs as schema } from "../kinds/boot-config.ts";
import { type ArgsOf, RouterResource, type RouterResourceOptions, typeToken } from "./base.ts";

/** What a `BootConfig` takes. */
export interface BootConfigArgs extends ArgsOf<typeof schema> {}

/**
 * Persistence: a loader on the router with its hooks, and the switch that makes every confirmed change of any resource
 * on this router survive a reboot. It depends on nothing, and nothing has to depend on it.
 *
 * ```ts
 * new BootConfig("boot");
 * ```
 */
export class BootConfig extends RouterResource {
  constructor(name: string, args: BootConfigArgs = {}, options?: RouterResourceOptions) {
    super("BootConfig", name, args, options);
  }

  /** Is it a `BootConfig`, also one made by another copy of this package? */
  static override isInstance(value: unknown): value is BootConfig {
    return (value as { __pulumiType?: unknown } | undefined)?.__pulumiType === typeToken("BootConfig");
  }
}
