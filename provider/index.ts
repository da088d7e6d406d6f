/** The public face: resources, the component that composes them, and the types of their arguments. */
import "./resources/node-version.ts";

export { BootConfig, type BootConfigArgs } from "./resources/boot-config.ts";
export { ConnmarkChain, type ConnmarkChainArgs } from "./resources/connmark-chain.ts";
export { DefaultRoute, type DefaultRouteArgs } from "./resources/default-route.ts";
export { FwmarkRule, type FwmarkRuleArgs } from "./resources/fwmark-rule.ts";
export { Router, type RouterArgs } from "./resources/router.ts";
export { RoutingTable, type RoutingTableArgs } from "./resources/routing-table.ts";
export { ServerMap, type ServerMapArgs } from "./resources/server-map.ts";
export { SourceRule, type SourceRuleArgs } from "./resources/source-rule.ts";
export { WanLink, type WanLinkArgs } from "./resources/wan-link.ts";
export { checkSite, type Fault, type Surroundings } from "./site/check.ts";
export { MultiWan, type MultiWanOptions } from "./site/multi-wan.ts";
export type { Site, SiteArgs } from "./site/schema.ts";
