import type { wanLinkArgs as schema } from "../kinds/wan-link.ts";
import { type ArgsOf, RouterResource, type RouterResourceOptions, typeToken } from "./base.ts";

/** What a `WanLink` takes. */
export interface WanLinkArgs extends ArgsOf<typeof schema> {}

/**
 * One ISP: the extra /32 addresses of its device, the device's reverse path filter, and the rules that make the
 * router's own replies leave by this link.
 *
 * ```ts
 * new WanLink("wan_one", {
 *   linkId: 1,
 *   link: "wan_one",
 *   device: "eth1",
 *   gateway: "149.99.251.145",
 *   addresses: ["123.234.1.10", "123.234.1.11"],
 *   table: 101,
 * });
 * ```
 */
export class WanLink extends RouterResource {
  constructor(name: string, args: WanLinkArgs, options?: RouterResourceOptions) {
    super("WanLink", name, args, options);
  }

  /** Is it a `WanLink`, also one made by another copy of this package? */
  static override isInstance(value: unknown): value is WanLink {
    return (value as { __pulumiType?: unknown } | undefined)?.__pulumiType === typeToken("WanLink");
  }
}
