/** A machine from lines of text, for tests. */

import { parseFragment } from "../../provider/dialects/fragment.ts";
import { networkBase } from "../../provider/model/ip.ts";
import type { AddressLine, IptablesTable, Line, RouteLine, RuleLine } from "../../provider/model/line.ts";
import type { ChainRules } from "../../provider/model/snapshot.ts";
import { type Machine, machineOf, type Parts } from "../../provider/walk/machine.ts";

const PLAIN = `
0: from all lookup local
32766: from all lookup main
32767: from all lookup default`;

/**
 * Addresses (`inet 10.1.0.2/24 scope global eth1`), rules, routes, sysctls and chains in their usual words. Addresses bring
 * their connected and local routes; the kernel's three rules are there unless others have their place. `-t filter -P FORWARD
 * DROP` sets a policy. Forwarding is on.
 */
export function machineText(text: string): Machine {
  return machineOf(partsText(text));
}

/** @param more lines that come later; a hook of theirs goes to the front of its chain */
export function partsText(text: string, more: readonly Line[] = []): Parts {
  const lines = text.split("\n").map((line) => line.trim());
  const policies = lines.filter((line) => / -P /.test(line));
  const rest = lines.filter((line) => line !== "" && !/ -P /.test(line));
  const hooks = more.filter(({ kind }) => kind === "hook");
  const given = [...hooks, ...parseFragment(rest.join("\n")), ...more.filter(({ kind }) => kind !== "hook")];
  const linesOf = <Kind extends Line["kind"]>(kind: Kind) =>
    given.filter((line): line is Extract<Line, { kind: Kind }> => line.kind === kind);
  const plain = parseFragment(PLAIN.trim()) as RuleLine[];
  const own = linesOf("rule");
  const moved = (line: RuleLine) => own.some(({ table }) => table === 255 && line.table === 255);
  return {
    addresses: linesOf("address").map((line) => ({ ...line, dynamic: false, scope: "global" })),
    rules: [...plain.filter((line) => !moved(line)), ...own],
    routes: [...linesOf("address").flatMap(routesOf), ...linesOf("route")],
    iptables: Object.fromEntries(
      (["raw", "mangle", "nat", "filter"] as const).map((table) => [table, { chains: chainsOf(table) }]),
    ),
    sysctls: new Map([
      ["net.ipv4.ip_forward", "1"],
      ...linesOf("sysctl").map(({ key, value }) => [key, value] as const),
    ]),
    tableNames: { names: new Map() },
  };

  function chainsOf(table: IptablesTable) {
    const chains = new Map<string, ChainRules>();
    for (const { chain, rules } of linesOf("chain").filter((line) => line.table === table))
      chains.set(chain, { policy: "-", rules: [...rules] });
    for (const { chain, rule } of linesOf("hook").filter((line) => line.table === table)) {
      const { rules } = chains.get(chain) ?? { rules: [] };
      chains.set(chain, { policy: "ACCEPT", rules: [...rules, rule] });
    }
    for (const line of policies) {
      const [, name, , chain = "", policy = ""] = line.split(" ");
      if (name === table) chains.set(chain, { rules: chains.get(chain)?.rules ?? [], policy });
    }
    return chains;
  }
}

function routesOf({ address, prefix, device }: AddressLine): RouteLine[] {
  const line = { kind: "route", device, metric: 0, onlink: false } as const;
  const local: RouteLine = { ...line, type: "local", destination: `${address}/32`, table: 255 };
  return prefix === 32
    ? [local]
    : [local, { ...line, type: "unicast", destination: `${networkBase(address, prefix)}/${prefix}`, table: 254 }];
}
