/** All kinds by the names that users write. */
import { bootConfig } from "./boot-config.ts";
import { connmarkChain } from "./connmark-chain.ts";
import { defaultRoute } from "./default-route.ts";
import { fwmarkRule } from "./fwmark-rule.ts";
import type { Kind } from "./kind.ts";
import { routingTable } from "./routing-table.ts";
import { serverMap } from "./server-map.ts";
import { sourceRule } from "./source-rule.ts";
import { wanLink } from "./wan-link.ts";

export const KINDS = {
  WanLink: wanLink,
  RoutingTable: routingTable,
  FwmarkRule: fwmarkRule,
  SourceRule: sourceRule,
  DefaultRoute: defaultRoute,
  ConnmarkChain: connmarkChain,
  ServerMap: serverMap,
  BootConfig: bootConfig,
} as const satisfies Readonly<Record<string, Kind>>;

export function kindOf(name: keyof typeof KINDS): Kind {
  return KINDS[name];
}
