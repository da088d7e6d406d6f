/**
 * Marks, tables and priorities follow from a link's id and the site's mask, so that inserting a link never renumbers
 * another one under its live connections.
 */
import { FULL_MASK } from "../model/line.ts";

/** Bits 24-27: used by none of mwan3, pbr, Shorewall, Tailscale, kube-proxy or WireGuard's defaults. */
export const DEFAULT_MASK = 0x0f000000;

export interface Numbers {
  readonly mark: number;
  readonly table: number;
  /** Priority of `fwmark -> table`. */
  readonly fwmarkPriority: number;
  /** Priority of `from <own address> -> table`. */
  readonly fromPriority: number;
}

/**
 * With the full mask the numbers are those of the classic hand-made router (mark 1, table 1, priority 1024); with any
 * other, priorities 4001-4999, which no known multi-WAN tool or VPN uses, and tables 101-115.
 */
export function numbersOf(id: number, mask: number): Numbers {
  const base = priorityBase(mask);
  return {
    mark: (id * lowestBit(mask)) >>> 0,
    table: mask === FULL_MASK ? id : 100 + id,
    fwmarkPriority: base + id,
    fromPriority: base + 100 + id,
  };
}

/** One priority for all rules `from <server>`: their sources differ, so their order does not matter. */
export function sourcePriority(mask: number): number {
  return priorityBase(mask) + 200;
}

/** An explicit mark that names no mask means these bits: small marks share the low byte. */
export function maskOf(mark: number): number {
  return mark <= 0xff ? 0xff : mark === (mark & DEFAULT_MASK) ? DEFAULT_MASK : FULL_MASK;
}

/** Of the rules that ask the main table for what lies inside: before every fwmark rule, and behind them. */
export function insidePriorities(mask: number): { readonly inbound: number; readonly inside: number } {
  const base = priorityBase(mask);
  return { inbound: base, inside: base + 100 };
}

export function insideMask(mark: number, mask: number): boolean {
  return (mark & ~mask) === 0;
}

function priorityBase(mask: number): number {
  return mask === FULL_MASK ? 1023 : 4000;
}

function lowestBit(mask: number): number {
  return (mask & -mask) >>> 0;
}
