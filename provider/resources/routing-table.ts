import type { routingTableArgs as schema } from "../kinds/routing-table.ts";
import { type ArgsOf, RouterResource, type RouterResourceOptions, typeToken } from "./base.ts";

/** What a `RoutingTable` takes. */
export interface RoutingTableArgs extends ArgsOf<typeof schema> {}

/**
 * The routing table of one link: its name in rt_tables, the ways inside, the default by the ISP's router, and an
 * unreachable default behind it, so that an emptied table never leaks into another ISP.
 *
 * ```ts
 * new RoutingTable("wan_one", {
 *   table: 101,
 *   name: "wan_one",
 *   device: "eth1",
 *   gateway: "149.99.251.145",
 *   lan: [{ network: "172.16.1.0/24", device: "eth0" }],
 * });
 * ```
 */
export class RoutingTable extends RouterResource {
  constructor(name: string, args: RoutingTableArgs, options?: RouterResourceOptions) {
    super("RoutingTable", name, args, options);
  }

  /** Is it a `RoutingTable`, also one made by another copy of this package? */
  static override isInstance(value: unknown): value is RoutingTable {
    return (value as { __pulumiType?: unknown } | undefined)?.__pulumiType === typeToken("RoutingTable");
  }
}
