/**
 * The registry of kinds: the one list from which the providers, the names of kinds and their order in texts follow. The
 * exports of `index.ts` and `runtime.ts` are contracts and written out there; a test compares them with this list.
 */
import { bootConfig } from "./boot-config.ts";
import { connmarkChain } from "./connmark-chain.ts";
import { defaultRoute } from "./default-route.ts";
import { fwmarkRule } from "./fwmark-rule.ts";
import type { Kind } from "./kind.ts";
import { routingTable } from "./routing-table.ts";
import { serverMap } from "./server-map.ts";
import { sourceRule } from "./source-rule.ts";
import { wanLink } from "./wan-link.ts";

const ALL = [
  wanLink,
  routingTable,
  fwmarkRule,
  sourceRule,
  defaultRoute,
  connmarkChain,
  serverMap,
  bootConfig,
] as const;

/** What users write, and what stands in type tokens and owners. */
export type KindName = (typeof ALL)[number]["type"];

export const KINDS = Object.fromEntries(ALL.map((kind) => [kind.type, kind])) as unknown as Readonly<
  Record<KindName, Kind>
>;

export function kindOf(name: KindName): Kind {
  return KINDS[name];
}

/** The kind of that name, if this version has one: manifests and states may be of another. */
export function kindNamed(name: string): Kind | undefined {
  return isKindName(name) ? KINDS[name] : undefined;
}

export function isKindName(name: string): name is KindName {
  return Object.hasOwn(KINDS, name);
}
