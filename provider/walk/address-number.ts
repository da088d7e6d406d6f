import { toNumber } from "../model/ip.ts";

/** A walk compares few addresses many times: each is read once. */
const known = new Map<string, number>();
const MOST_KNOWN = 50_000;

/** The address as an unsigned 32-bit number. */
export function numberOf(address: string): number {
  const before = known.get(address);
  if (before !== undefined) return before;
  if (known.size >= MOST_KNOWN) known.clear();
  const number = toNumber(address);
  known.set(address, number);
  return number;
}
