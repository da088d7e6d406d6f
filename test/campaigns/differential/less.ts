/** A machine with one line less. */

import { formatLine } from "../../../provider/dialects/fragment.ts";
import { formatRoute } from "../../../provider/dialects/iproute2/route.ts";
import { formatRule } from "../../../provider/dialects/iproute2/rule.ts";
import { ruleText } from "../../../provider/dialects/iptables/packet-rule.ts";
import type { Line } from "../../../provider/model/line.ts";
import type { ChainRules } from "../../../provider/model/snapshot.ts";
import type { Machine } from "../../../provider/walk/machine.ts";
import { routeTable } from "../../../provider/walk/route-table.ts";

export interface Less {
  /** The line that is taken away. */
  readonly text: string;
  readonly machine: Machine;
}

/** Every line of a fragment in turn; of chains every rule, and of what only names things nothing. */
export function less(machine: Machine, lines: readonly Line[]): Less[] {
  return lines.flatMap((line): Less[] => {
    const whole = formatLine(line);
    switch (line.kind) {
      case "rule":
        return [
          {
            text: whole[0]!,
            machine: { ...machine, rules: without(machine.rules, (r) => formatRule(r.rule) === formatRule(line)) },
          },
        ];
      case "route":
        return [
          { text: whole[0]!, machine: withoutRoute(machine, (route) => formatRoute(route) === formatRoute(line)) },
        ];
      case "address": {
        const gone = withoutRoute(machine, (r) => r.type === "local" && r.destination === `${line.address}/32`);
        return [
          {
            text: whole[0]!,
            machine: { ...gone, addresses: without(machine.addresses, (a) => a.address === line.address) },
          },
        ];
      }
      case "sysctl":
        return [
          {
            text: whole[0]!,
            machine: { ...machine, sysctls: new Map([...machine.sysctls].filter(([key]) => key !== line.key)) },
          },
        ];
      case "hook":
        return [
          {
            text: whole[0]!,
            machine: withChain(machine, line, (chain) =>
              without(chain.rules, (r) => ruleText(r) === ruleText(line.rule)),
            ),
          },
        ];
      case "chain":
        return line.rules.map((rule, at) => ({
          text: `-t ${line.table} -A ${line.chain} ${ruleText(rule)}`,
          machine: withChain(machine, line, (chain) => chain.rules.toSpliced(at, 1)),
        }));
      default:
        return [];
    }
  });
}

/** Only the first that fits: a line is there once. */
function without<Item>(list: readonly Item[], fits: (item: Item) => boolean): Item[] {
  const at = list.findIndex(fits);
  return at < 0 ? [...list] : list.toSpliced(at, 1);
}

type Route = Parameters<typeof routeTable>[0][number];

function withoutRoute(machine: Machine, fits: (route: Route) => boolean): Machine {
  const tables = [...machine.tables].map(([id, { routes }]) => [id, routeTable(without(routes, fits))] as const);
  return { ...machine, tables: new Map(tables) };
}

function withChain(
  machine: Machine,
  { table, chain }: Extract<Line, { kind: "hook" | "chain" }>,
  rules: (chain: ChainRules) => ChainRules["rules"],
): Machine {
  const chains = machine.chains.get(table)!;
  const changed = new Map(chains).set(chain, { ...chains.get(chain)!, rules: rules(chains.get(chain)!) });
  return { ...machine, chains: new Map(machine.chains).set(table, changed) };
}
