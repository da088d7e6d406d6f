/** Somebody out there. */
import { numberOf } from "./address-number.ts";
import type { Machine } from "./machine.ts";
import type { ProofLink } from "./obligations.ts";

/** Addresses out there (RFC 5737, RFC 2544), in the order in which they are taken. */
const OUTSIDE = ["198.51.100.77", "203.0.113.77", "192.0.2.77", "198.18.0.77", "100.64.0.77", "11.0.0.77"];
export const CLIENT_PORT = 50123;

/** Somebody whom no route of the router knows but its defaults: a lab, or a LAN, may use addresses of documentation. */
export function somebody(machine: Machine, links: readonly ProofLink[]): string {
  const known = (address: string) =>
    [...machine.tables.values()].some((table) =>
      table.fitting(numberOf(address)).some((route) => route.destination !== "default"),
    ) || links.some((link) => link.addresses.includes(address) || link.gateway === address);
  return OUTSIDE.find((address) => !known(address)) ?? OUTSIDE[0]!;
}
