/** The dynamic provider of each kind, under the names that the states of stacks know. */
import { bootConfig } from "../kinds/boot-config.ts";
import { connmarkChain } from "../kinds/connmark-chain.ts";
import { defaultRoute } from "../kinds/default-route.ts";
import { fwmarkRule } from "../kinds/fwmark-rule.ts";
import { routingTable } from "../kinds/routing-table.ts";
import { serverMap } from "../kinds/server-map.ts";
import { sourceRule } from "../kinds/source-rule.ts";
import { wanLink } from "../kinds/wan-link.ts";
import { providerOf } from "./provider.ts";

export const WanLink = providerOf(wanLink);
export const RoutingTable = providerOf(routingTable);
export const FwmarkRule = providerOf(fwmarkRule);
export const SourceRule = providerOf(sourceRule);
export const DefaultRoute = providerOf(defaultRoute);
export const ConnmarkChain = providerOf(connmarkChain);
export const ServerMap = providerOf(serverMap);
export const BootConfig = providerOf(bootConfig);
