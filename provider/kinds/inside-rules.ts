/**
 * Policy rules that ask the main table first for what lies inside: it knows networks that no link's table does (containers, a
 * VPN's pool, a DMZ, what is behind an inner router). Its default routes are passed over, also those of a VPN that halves
 * them (0.0.0.0/1 and 128.0.0.0/1): by which link a packet leaves is for the rules behind to say.
 */
import { MAIN_TABLE, type RuleLine } from "../kernel/line.ts";
import type { Capabilities, Snapshot } from "../kernel/snapshot.ts";
import { versionAtLeast } from "../kernel/version.ts";

/** Prefix lengths up to this one are passed over. */
const WIDEST = 1;

/** What comes in from an ISP finds its way inside. @param plain the router cannot pass over a default route */
export function inboundRule(priority: number, device: string, plain: boolean): RuleLine {
  const rest = plain ? `iif ${device}` : `iif ${device} suppress_prefixlength ${WIDEST}`;
  return { kind: "rule", priority, from: "all", table: MAIN_TABLE, rest };
}

/** What has this source finds its way inside. */
export function insideRule(priority: number, from: string): RuleLine {
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

/** The same as a fact: lines depend on it. */
export function noSuppress({ capabilities }: Snapshot): { noSuppress?: readonly string[] } {
  const why = knowsNoSuppress(capabilities);
  return why === undefined ? {} : { noSuppress: [why] };
}
