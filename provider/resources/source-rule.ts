import type { sourceRuleArgs as schema } from "../kinds/source-rule.ts";
import { type ArgsOf, RouterResource, type RouterResourceOptions, typeToken } from "./base.ts";

/** What a `SourceRule` takes. */
export interface SourceRuleArgs extends ArgsOf<typeof schema> {}

/**
 * The manual switch: new connections *from* a server leave by one link's table. Connections that came in through a
 * link still answer through it, because the rule stands behind every fwmark rule.
 *
 * ```ts
 * new SourceRule("server1", { source: "172.16.1.131", table: 101 }, { dependsOn: [table] });
 * ```
 */
export class SourceRule extends RouterResource {
  constructor(name: string, args: SourceRuleArgs, options?: RouterResourceOptions) {
    super("SourceRule", name, args, options);
  }

  /** Is it a `SourceRule`, also one made by another copy of this package? */
  static override isInstance(value: unknown): value is SourceRule {
    return (value as { __pulumiType?: unknown } | undefined)?.__pulumiType === typeToken("SourceRule");
  }
}
