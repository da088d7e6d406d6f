import type { fwmarkRuleArgs as schema } from "../kinds/fwmark-rule.ts";
import { type ArgsOf, RouterResource, type RouterResourceOptions, typeToken } from "./base.ts";

/** What a `FwmarkRule` takes. */
export interface FwmarkRuleArgs extends ArgsOf<typeof schema> {}

/**
 * One policy rule: packets that carry a link's mark use the link's table. Put it after its `RoutingTable` and the
 * `ConnmarkChain` with `dependsOn`, so that no packet is sent to an empty table.
 *
 * ```ts
 * new FwmarkRule("wan_one", { mark: 0x1000000, mask: 0x0f000000, table: 101, priority: 4001 }, { dependsOn: [table, marks] });
 * ```
 */
export class FwmarkRule extends RouterResource {
  constructor(name: string, args: FwmarkRuleArgs, options?: RouterResourceOptions) {
    super("FwmarkRule", name, args, options);
  }

  /** Is it a `FwmarkRule`, also one made by another copy of this package? */
  static override isInstance(value: unknown): value is FwmarkRule {
    return (value as { __pulumiType?: unknown } | undefined)?.__pulumiType === typeToken("FwmarkRule");
  }
}
