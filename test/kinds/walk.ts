/** A packet's walk through chains of ours, rule by rule, as the kernel does it. */
import { ruleText } from "../../provider/dialects/iptables/packet-rule.ts";
import type { ChainLine, Line } from "../../provider/model/line.ts";

export interface Packet {
  readonly source?: string;
  readonly destination?: string;
  readonly protocol?: "tcp" | "udp";
  readonly port?: number;
}

export interface Walk {
  /** Text of the rule that decided, without its matches: `DNAT --to-destination 172.16.1.131`. */
  readonly target: string | undefined;
  /** How many rules were looked at. */
  readonly rules: number;
}

interface Rule {
  readonly jump: string;
  readonly target: string;
  readonly matches: (packet: Packet) => boolean;
}

/** Reads the chains once; the answer walks packets from `start`. */
export function walker(lines: readonly Line[], table: string, start: string): (packet: Packet) => Walk {
  const chains = new Map(
    lines
      .filter((l): l is ChainLine => l.kind === "chain" && l.table === table)
      .map((l) => [l.chain, l.rules.map((rule) => parse(ruleText(rule)))]),
  );
  return (packet) => {
    const looked: Rule[] = [];
    const target = decided(chains, start, packet, looked);
    return { target, rules: looked.length };
  };
}

/** The target of the first rule that ends the walk. @param looked takes every rule that is looked at */
function decided(
  chains: ReadonlyMap<string, readonly Rule[]>,
  chain: string,
  packet: Packet,
  looked: Rule[],
): string | undefined {
  const rules = chains.get(chain);
  if (!rules) throw new Error(`no chain ${chain}`);
  for (const rule of rules) {
    looked.push(rule);
    if (!rule.matches(packet)) continue;
    if (!chains.has(rule.jump)) return rule.target;
    const found = decided(chains, rule.jump, packet, looked);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Understands only what the dispatch writes: anything else is an error. */
function parse(rule: string): Rule {
  const words = rule.split(" ");
  const checks: ((packet: Packet) => boolean)[] = [];
  for (let i = 0; i < words.length; i += 2) {
    const [word, value = ""] = [words[i]!, words[i + 1]];
    if (word === "-j")
      return { jump: value, target: words.slice(i + 1).join(" "), matches: (p) => checks.every((c) => c(p)) };
    if (word === "-d") checks.push(inside(value, (p) => p.destination!));
    else if (word === "-s") checks.push(inside(value, (p) => p.source!));
    else if (word === "-p" || word === "-m") checks.push((p) => p.protocol === value);
    else if (word === "--dport") {
      const [first, last = first] = value.split(":").map(Number);
      checks.push((p) => p.port! >= first! && p.port! <= last!);
    } else throw new Error(`not a rule of the dispatch: ${rule}`);
  }
  throw new Error(`no target: ${rule}`);
}

/** Packets of many walks have few addresses. */
const known = new Map<string, number>();

function bits(address: string): number {
  const seen = known.get(address);
  if (seen !== undefined) return seen;
  const value = address.split(".").reduce((n, part) => n * 256 + Number(part), 0);
  known.set(address, value);
  return value;
}

function inside(network: string, addressOf: (packet: Packet) => string): (packet: Packet) => boolean {
  const [base = "", length = ""] = network.split("/");
  const size = 2 ** (32 - Number(length));
  const place = Math.floor(bits(base) / size);
  return (packet) => Math.floor(bits(addressOf(packet)) / size) === place;
}
