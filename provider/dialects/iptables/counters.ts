import { NotUnderstood } from "../../model/not-understood.ts";
import { logicalLines } from "./iptables-save.ts";

/** Packets and bytes that a rule has fitted, or that came to the end of a built-in chain, since it was made. */
export interface Count {
  readonly packets: number;
  readonly bytes: number;
}

export interface ChainCounts {
  /** What came to the end of the chain, for a built-in one: its policy. */
  readonly policy: Count;
  /** Rule by rule, in order. */
  readonly rules: readonly Count[];
}

/** By table and chain. Counters of iptables-save -c: exact below 2^53, as far as JavaScript counts. */
export type Counts = ReadonlyMap<string, ReadonlyMap<string, ChainCounts>>;

/** The counters in the output of `iptables-save -c`, of any age and either variant; `parseIptablesSave` reads the rules. */
export function parseCounts(text: string): Counts {
  const counts = new Map<string, Map<string, { policy: Count; rules: Count[] }>>();
  let chains = new Map<string, { policy: Count; rules: Count[] }>();
  for (const line of logicalLines(text)) {
    if (line.startsWith("*")) {
      chains = new Map();
      counts.set(line.slice(1), chains);
    }
    const chain = /^:(\S+) \S+ \[(\d+):(\d+)\]/.exec(line);
    if (chain) chains.set(chain[1]!, { policy: count(chain[2]!, chain[3]!), rules: [] });
    const rule = /^\[(\d+):(\d+)\] -A (\S+)/.exec(line);
    if (!rule) continue;
    const open = chains.get(rule[3]!);
    if (!open) throw new NotUnderstood("iptables-save", line);
    open.rules.push(count(rule[1]!, rule[2]!));
  }
  return counts;
}

function count(packets: string, bytes: string): Count {
  return { packets: Number(packets), bytes: Number(bytes) };
}
