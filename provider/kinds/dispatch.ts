/**
 * Finding one of thousands of entries in a few dozen steps. iptables walks a chain rule by rule, so entries are spread
 * over chains by address prefix, and within an address by port prefix, at most sixteen ways at each step. One entry
 * more then changes a line or two, because a prefix does not move when a neighbour comes.
 */
import { bitsOf, fromNumber, toNumber } from "../model/ip.ts";
import type { ChainLine, IptablesTable } from "../model/line.ts";
import type { Match, PacketRule } from "../model/packet-rule.ts";
import { jumpTo, narrowed, protocol as protocolIs, ruleOf, toPorts } from "../model/rule-parts.ts";

/** A chain with more branches than this is split. */
const WAYS = 16;

export interface Where {
  readonly table: IptablesTable;
  /** What the names of further chains begin with: 9 characters at most, which leaves room for an address and its length. */
  readonly prefix: string;
}

/** The rules of one address, and the chains that those rules jump to. */
export interface Leaf {
  readonly rules: readonly PacketRule[];
  readonly chains: readonly ChainLine[];
}

/**
 * Fills `chain` with jumps by address (`match` asks for a source or a destination) to one chain per address, with chains by prefix between
 * where there are many. The result begins with `chain` itself.
 */
export function byAddress(
  where: Where,
  match: (network: string) => Match,
  chain: string,
  leaves: ReadonlyMap<string, Leaf>,
  lead: readonly PacketRule[] = [],
): ChainLine[] {
  const node = (name: string, addresses: readonly number[], length: number): ChainLine[] => {
    const branches = addresses.length <= WAYS ? addresses.map((a) => [a, 32] as const) : split(addresses, length);
    const below = branches.map(([number, len]): Leaf => {
      const base = fromNumber(number);
      const target = `${where.prefix}-${shown(base, len)}`;
      const leaf = leaves.get(base);
      // A single rule needs no chain of its own.
      if (len === 32 && leaf!.rules.length === 1)
        return { rules: [narrowed(match(base), leaf!.rules[0]!)], chains: leaf!.chains };
      const chains =
        len === 32
          ? [{ kind: "chain", table: where.table, chain: target, rules: leaf!.rules } as const, ...leaf!.chains]
          : node(
              target,
              addresses.filter((a) => top(a, len) === number),
              len,
            );
      return { rules: [narrowed(match(`${base}/${len}`), jumpTo(target))], chains };
    });
    return [
      { kind: "chain", table: where.table, chain: name, rules: below.flatMap((b) => b.rules) },
      ...below.flatMap((b) => b.chains),
    ];
  };
  const sorted = [...leaves.keys()].map(toNumber).sort((a, b) => a - b);
  const [first, ...rest] = node(chain, sorted, 0);
  return [{ ...first!, rules: [...lead, ...first!.rules] }, ...rest];
}

/** The networks, four bits longer than what these addresses share beyond `length`, that hold them. */
function split(numbers: readonly number[], length: number): (readonly [number, number])[] {
  let shared = length;
  while (shared < 28 && new Set(numbers.map((n) => top(n, shared + 1))).size === 1) shared++;
  const next = Math.min(32, shared + 4);
  return [...new Set(numbers.map((n) => top(n, next)))].map((n) => [n, next] as const);
}

export interface PortRule {
  readonly protocol: "tcp" | "udp";
  readonly first: number;
  readonly last: number;
  /** The whole rule. */
  readonly rule: PacketRule;
}

/**
 * The rules of one address: as they are, or spread over chains by protocol and by the leading bits of the port. No two
 * of them fit one packet, so they stand in the order of protocol and port whatever the order in which they came.
 */
export function byPort(where: Where, address: string, unordered: readonly PortRule[]): Leaf {
  const items = unordered.toSorted((a, b) =>
    a.protocol === b.protocol ? a.first - b.first : a.protocol === "tcp" ? -1 : 1,
  );
  if (items.length <= WAYS) return { rules: items.map((i) => i.rule), chains: [] };
  const branches = (["tcp", "udp"] as const).map((protocol): Leaf => {
    const members = items.filter((i) => i.protocol === protocol);
    if (members.length <= WAYS) return { rules: members.map((i) => i.rule), chains: [] };
    // A chain of its own, so that a packet of the other protocol passes it in one step.
    const target = `${where.prefix}-${hex(toNumber(address), 8)}${protocol[0]}`;
    const { rules, chains } = portNode(where, target, protocol, members, 0);
    return {
      rules: [narrowed(protocolIs(protocol), jumpTo(target))],
      chains: [{ kind: "chain", table: where.table, chain: target, rules }, ...chains],
    };
  });
  return { rules: branches.flatMap((b) => b.rules), chains: branches.flatMap((b) => b.chains) };
}

function portNode(
  where: Where,
  name: string,
  protocol: PortRule["protocol"],
  items: readonly PortRule[],
  bits: number,
): Leaf {
  if (items.length <= WAYS || bits === 16) return { rules: items.map((i) => i.rule), chains: [] };
  const size = 1 << (12 - bits);
  const blockOf = (port: number) => Math.floor(port / size);
  const spanning = items.filter((i) => blockOf(i.first) !== blockOf(i.last));
  const blocks = Map.groupBy(
    items.filter((i) => !spanning.includes(i)),
    (i) => blockOf(i.first),
  );
  const below = [...blocks].map(([block, members]) => {
    const target = `${name}${hex(block & 15, 1)}`;
    const leaf = portNode(where, target, protocol, members, bits + 4);
    const ports = { first: block * size, last: block * size + size - 1 };
    return {
      jump: ruleOf(toPorts(protocol, ports), { kind: "jump", chain: target }),
      chains: [{ kind: "chain", table: where.table, chain: target, rules: leaf.rules } as const, ...leaf.chains],
    };
  });
  return {
    rules: [...spanning.map((i) => i.rule), ...below.map((b) => b.jump)],
    chains: below.flatMap((b) => b.chains),
  };
}

function top(n: number, length: number): number {
  return (n & bitsOf(length)) >>> 0;
}

function shown(base: string, length: number): string {
  return length === 32 ? base : `${base}/${length}`;
}

function hex(n: number, digits: number): string {
  return n.toString(16).padStart(digits, "0");
}
