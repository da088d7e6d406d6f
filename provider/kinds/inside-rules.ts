/**
 * Policy rules that ask the main table first for what lies inside: it knows networks that no link's table does (containers, a
 * VPN's pool, a DMZ, what is behind an inner router). Its default routes are passed over, also those of a VPN that halves
 * them (0.0.0.0/1 and 128.0.0.0/1): by which link a packet leaves is for the rules behind to say.
 */

import { z } from "zod";
import { formatRoute } from "../dialects/iproute2/route.ts";
import { isMainDefault, MAIN_TABLE, type RuleLine, VERDICTS } from "../model/line.ts";
import type { Capabilities, Snapshot } from "../model/snapshot.ts";
import { versionAtLeast } from "../model/version.ts";
import { texts } from "./facts.ts";

/** Prefix lengths up to this one are passed over. */
const WIDEST = 1;

/** What comes in from an ISP finds its way inside. @param plain the router cannot pass over a default route */
export function inboundRule(priority: number, device: string, plain: boolean): RuleLine {
  const rest = plain ? `iif ${device}` : `iif ${device} suppress_prefixlength ${WIDEST}`;
  return { kind: "rule", priority, from: "all", table: MAIN_TABLE, rest };
}

/** What has this source finds its way inside. */
function insideRule(priority: number, from: string): RuleLine {
  return { kind: "rule", priority, from, table: MAIN_TABLE, rest: `suppress_prefixlength ${WIDEST}` };
}

/** Why this router cannot pass over a default route: kernel 3.12, iproute2 3.12 (ss131122) and busybox 1.27 can. */
export function knowsNoSuppress({ kernel, ip }: Pick<Capabilities, "kernel" | "ip">): string | undefined {
  if (!versionAtLeast(kernel, "3.12")) return `kernel ${kernel}`;
  const { variant, version } = ip;
  const dated = /^ss(\d{6})$/.exec(version)?.[1];
  const knows =
    variant === "busybox"
      ? versionAtLeast(version, "1.27")
      : dated === undefined
        ? versionAtLeast(version, "3.12")
        : Number(dated) >= 131122;
  return knows ? undefined : `${variant} ${version}`;
}

/** What the lines of such rules depend on. */
export const insideFacts = z.object({
  /** Why the router cannot pass over a default route. */
  noSuppress: texts,
  /** The default of the main table that ends the way of packets (`unreachable default`): never passed over (fib_rules_lookup). */
  mainEnds: texts,
});

/**
 * @param hasDefault the program gives the main table a default of its own
 */
export function learnInside(
  { capabilities, routes }: Pick<Snapshot, "capabilities" | "routes">,
  hasDefault: boolean,
): z.output<typeof insideFacts> {
  const why = knowsNoSuppress(capabilities);
  const [main] = routes.filter(isMainDefault).toSorted((a, b) => a.metric - b.metric);
  const ends = !hasDefault && main !== undefined && VERDICTS.includes(main.type);
  return {
    ...(why !== undefined && { noSuppress: [why] }),
    ...(ends && { mainEnds: [formatRoute(main)] }),
  };
}

/** The rules of these sources, where this router can have them. */
export function insideRules(
  priority: number | undefined,
  sources: readonly string[],
  facts: z.output<typeof insideFacts>,
): RuleLine[] {
  const can = priority !== undefined && facts.noSuppress === undefined && facts.mainEnds === undefined;
  return can ? sources.map((from) => insideRule(priority, from)) : [];
}
