import type { connmarkChainArgs as schema } from "../kinds/connmark-chain.ts";
import { type ArgsOf, RouterResource, type RouterResourceOptions, typeToken } from "./base.ts";

/** What a `ConnmarkChain` takes. */
export interface ConnmarkChainArgs extends ArgsOf<typeof schema> {}

/**
 * Marks every connection with the link it came in on, in chains of its own, hooked into mangle PREROUTING and OUTPUT.
 *
 * ```ts
 * new ConnmarkChain("marks", {
 *   chain: "marks",
 *   links: [
 *     { device: "eth1", mark: 0x1000000 },
 *     { device: "eth2", mark: 0x2000000 },
 *   ],
 * });
 * ```
 */
export class ConnmarkChain extends RouterResource {
  constructor(name: string, args: ConnmarkChainArgs, options?: RouterResourceOptions) {
    super("ConnmarkChain", name, args, options);
  }

  /** Is it a `ConnmarkChain`, also one made by another copy of this package? */
  static override isInstance(value: unknown): value is ConnmarkChain {
    return (value as { __pulumiType?: unknown } | undefined)?.__pulumiType === typeToken("ConnmarkChain");
  }
}
