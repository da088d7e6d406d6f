/**
 * What the text in a resource's `__provider` loads, in the provider process. States of years ago hold that text: this
 * path and these names never change. No top-level await, because it is loaded by `require`.
 */
import { bootConfig } from "./kinds/boot-config.ts";
import { connmarkChain } from "./kinds/connmark-chain.ts";
import { defaultRoute } from "./kinds/default-route.ts";
import { fwmarkRule } from "./kinds/fwmark-rule.ts";
import { routingTable } from "./kinds/routing-table.ts";
import { serverMap } from "./kinds/server-map.ts";
import { sourceRule } from "./kinds/source-rule.ts";
import { wanLink } from "./kinds/wan-link.ts";
import { providerOf } from "./lifecycle/provider.ts";

// Read lazily by the SDK's log: with it, messages are the engine's own, and not lines of output under the stack.
if (process.argv[1]?.includes("dynamic-provider") && process.argv[2])
  process.env.PULUMI_NODEJS_ENGINE ??= process.argv[2];

export const WanLink = providerOf(wanLink);
export const RoutingTable = providerOf(routingTable);
export const FwmarkRule = providerOf(fwmarkRule);
export const SourceRule = providerOf(sourceRule);
export const DefaultRoute = providerOf(defaultRoute);
export const ConnmarkChain = providerOf(connmarkChain);
export const ServerMap = providerOf(serverMap);
export const BootConfig = providerOf(bootConfig);
