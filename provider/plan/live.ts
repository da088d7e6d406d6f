import { lineKey, lineSlot } from "../dialects/line-key.ts";
import type { IptablesTable, Line } from "../model/line.ts";
import type { Snapshot } from "../model/snapshot.ts";

/** What is on the router, looked up by meaning and by place. */
export interface Live {
  readonly lines: readonly Line[];
  /** Is this very line there? */
  has(line: Line): boolean;
  /** What stands in the place of this line: the line itself, another value, or nothing. */
  inSlot(line: Line): readonly Line[];
}

/** Every resource of a run asks for the same reading. */
const READ = new WeakMap<Snapshot, Live>();

export function liveOf(snapshot: Snapshot): Live {
  const known = READ.get(snapshot);
  if (known) return known;
  const live = liveLines(snapshot);
  READ.set(snapshot, live);
  return live;
}

function liveLines(snapshot: Snapshot): Live {
  const lines = linesOf(snapshot);
  const keys = new Set(lines.map(lineKey));
  const slots = Map.groupBy(lines, lineSlot);
  return {
    lines,
    has: (line) => keys.has(lineKey(line)),
    inSlot: (line) => slots.get(lineSlot(line)) ?? [],
  };
}

function linesOf(snapshot: Snapshot): Line[] {
  const sysctls = [...snapshot.sysctls].map(([key, value]): Line => ({ kind: "sysctl", key, value }));
  const names = [...snapshot.tableNames.names].map(([id, name]): Line => ({ kind: "table-name", id, name }));
  const addresses = snapshot.addresses.map(
    ({ dynamic: _, scope, ...address }): Line => ({ ...address, ...(scope !== "global" && { scope }) }),
  );
  const iptables = Object.entries(snapshot.iptables).flatMap(([table, { chains }]) =>
    [...chains].flatMap(([chain, { policy, rules }]): Line[] =>
      policy === "-"
        ? [{ kind: "chain", table: table as IptablesTable, chain, rules }]
        : rules.map((rule) => ({ kind: "hook", table: table as IptablesTable, chain, rule })),
    ),
  );
  return [
    ...sysctls,
    ...names,
    ...addresses,
    ...snapshot.routes,
    ...snapshot.rules,
    ...iptables,
    ...snapshot.boot.files,
  ];
}
