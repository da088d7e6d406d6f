/** Output of `nft list chains`: tables, and the chains in them. */

import { nftTables } from "./nft-tables.ts";

const IPTABLES_OWN = /^ip6? (raw|mangle|nat|filter|security)$/;

/** Tables of nft's own, `inet fw4`; those of iptables-nft have the names of the tables that they stand for. */
export function nativeTables(text: string): readonly string[] {
  return nftTables(text)
    .map(({ table }) => table)
    .filter((name) => !IPTABLES_OWN.test(name));
}

/** Chains in the tables that iptables-nft works on, by the table's name, as the kernel has them. */
export function chainsOfIptables(text: string): ReadonlyMap<string, readonly string[]> {
  const own = nftTables(text).filter(({ table }) => table.startsWith("ip ") && IPTABLES_OWN.test(table));
  return new Map(own.map(({ table, chains }) => [table.slice(3), [...chains.keys()]]));
}
