/** Output of `nft list chains`: tables, and the chains in them. */

const IPTABLES_OWN = /^ip6? (raw|mangle|nat|filter|security)$/;

/** Tables of nft's own, `inet fw4`; those of iptables-nft have the names of the tables that they stand for. */
export function nativeTables(text: string): readonly string[] {
  return [...tablesIn(text).keys()].filter((name) => !IPTABLES_OWN.test(name));
}

/** Chains in the tables that iptables-nft works on, by the table's name, as the kernel has them. */
export function chainsOfIptables(text: string): ReadonlyMap<string, readonly string[]> {
  const own = [...tablesIn(text)].filter(([name]) => name.startsWith("ip ") && IPTABLES_OWN.test(name));
  return new Map(own.map(([name, chains]) => [name.slice(3), chains]));
}

/** `table ip nat {`, and in it `chain PREROUTING {`. */
function tablesIn(text: string): ReadonlyMap<string, readonly string[]> {
  const tables = new Map<string, string[]>();
  let open: string[] = [];
  for (const line of text.split("\n")) {
    const table = /^table (\w+ \S+)/.exec(line)?.[1];
    if (table !== undefined) {
      open = [];
      tables.set(table, open);
    }
    const chain = /^\s+chain (\S+) \{/.exec(line)?.[1];
    if (chain !== undefined) open.push(chain);
  }
  return tables;
}
