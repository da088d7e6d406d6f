import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { formatFragment } from "../../provider/dialects/fragment.ts";
import { canonicalRule } from "../../provider/dialects/iptables/canonical-rule.ts";
import { ruleText } from "../../provider/dialects/iptables/packet-rule.ts";
import { serverMap } from "../../provider/kinds/server-map.ts";
import { fromNumber } from "../../provider/model/ip.ts";
import type { Fragment } from "../../provider/model/line.ts";
import { testingAll } from "../variants.ts";
import { desiredOf } from "./routers.ts";
import { type Packet, walker } from "./walk.ts";

interface Door {
  readonly address: string;
  readonly protocol: "tcp" | "udp";
  readonly first: number;
  readonly last: number;
  readonly server: string;
}

const protocol = fc.constantFrom("tcp" as const, "udp" as const);
const anyPort = fc.integer({ min: 1, max: 65535 });

/** How entries may lie: all over the internet, in one /24, behind few addresses, or where sixteen ways fill up. */
const addresses = [
  fc.integer({ min: 0x01000000, max: 0xdfffffff }).map(fromNumber),
  fc.integer({ min: 0, max: 255 }).map((host) => `123.234.1.${host}`),
  fc.integer({ min: 0, max: 7 }).map((host) => `216.111.1.${host}`),
  fc
    .tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 1, max: 15 }))
    .map(([level, digit]) => fromNumber((0x0a0b0c0d ^ (digit << (level * 4))) >>> 0)),
] as const;
const lengths = fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 40 }), fc.integer({ min: 41, max: 9000 }));

function doors(max: number): fc.Arbitrary<Door[]> {
  const one = (address: fc.Arbitrary<string>) =>
    fc.record({ address, protocol, first: anyPort, length: lengths, host: fc.integer({ min: 1, max: 254 }) });
  return fc.oneof(...addresses.map((address) => fc.array(one(address), { maxLength: max, size: "max" }))).map((drawn) =>
    withoutOverlaps(
      drawn.map(({ address, protocol, first, length, host }) => ({
        ...{ address, protocol, first, last: Math.min(65535, first + length - 1), server: `172.16.1.${host}` },
      })),
    ),
  );
}

function withoutOverlaps(drawn: readonly Door[]): Door[] {
  const kept = new Map<string, Door[]>();
  return drawn.filter((door) => {
    const key = `${door.address} ${door.protocol}`;
    const others = kept.get(key) ?? [];
    if (others.some((o) => o.first <= door.last && door.first <= o.last)) return false;
    kept.set(key, [...others, door]);
    return true;
  });
}

const entriesOf = (list: readonly Door[]) =>
  list.map(({ address, protocol, first, last, server }) => ({
    ...{ address, protocol, server, port: first === last ? first : `${first}-${last}` },
  }));
const fragmentOf = (list: readonly Door[], map = "site"): Fragment =>
  desiredOf(serverMap, { map, entries: entriesOf(list), forward: true });
const linesOf = (list: readonly Door[]) => formatFragment(fragmentOf(list)).split("\n");
const chainsOf = (lines: Fragment) => lines.flatMap((line) => (line.kind === "chain" ? [line] : []));

/** Packets at the edges of every door, just outside of it, and some that nobody expects. */
function packetsFor(list: readonly Door[]): Packet[] {
  const near = list.flatMap(({ address, protocol, first, last }) =>
    [first, last, first - 1, last + 1].map((port) => ({ destination: address, protocol, port })),
  );
  const odd = list.slice(0, 50).flatMap(({ address, first }) => [
    { destination: address, protocol: "udp" as const, port: first },
    { destination: `9${address.slice(address.indexOf("."))}`, protocol: "tcp" as const, port: first },
  ]);
  return [...near, ...odd].filter(({ port }) => port > 0 && port < 65536);
}

function lookupIn(list: readonly Door[]): (packet: Packet) => string | undefined {
  const key = ({ address, protocol }: Pick<Door, "address" | "protocol">) => `${address} ${protocol}`;
  const doors = Map.groupBy(list, key);
  return ({ destination = "", protocol = "tcp", port = 0 }) => {
    const door = doors.get(key({ address: destination, protocol }))?.find((d) => d.first <= port && port <= d.last);
    return door && `DNAT --to-destination ${door.server}`;
  };
}

/** The longest walk of the packets, after each was compared with the plain list. */
function longestWalk(list: readonly Door[]): number {
  if (list.length === 0) return 0;
  const walk = walker(fragmentOf(list), "nat", "mw-site-dnat");
  let longest = 0;
  const lookup = lookupIn(list);
  const packets = packetsFor(list);
  for (const packet of packets.length > 4000 ? packets.filter((_, i) => i % 3 === 0) : packets) {
    const { target, rules } = walk(packet);
    if (target !== lookup(packet)) throw new Error(`${JSON.stringify(packet)}: ${target}`);
    longest = Math.max(longest, rules);
  }
  return longest;
}

/** Eight steps of sixteen ways by address; by port a protocol's jump, three steps of 15 ranges and 16 ways, 16 ports. */
const WORST = 8 * 16 + 17 + 3 * 31 + 16;

test(`a packet gets the target that the plain list gives it, in ${WORST} rules whatever the entries`, () => {
  let longest = 0;
  fc.assert(
    fc.property(doors(300), (list) => {
      longest = Math.max(longest, longestWalk(list));
      expect(longest).toBeLessThanOrEqual(WORST);
    }),
    { numRuns: testingAll ? 60 : 12 },
  );
  console.log(`longest walk for random doors: ${longest} rules`);
});

describe("2,000 entries", () => {
  const many = (make: (i: number) => Partial<Door>): Door[] =>
    Array.from({ length: 2000 }, (_, i) => ({
      ...{
        address: "123.234.1.1",
        protocol: "tcp" as const,
        server: `172.16.${i >> 8}.${i & 255}`,
        first: 80,
        last: 80,
      },
      ...make(i),
    }));
  const at = (first: number, last = first) => ({ first, last });
  const shapes: Record<string, Door[]> = {
    "one address, ports in a row": many((i) => at(i + 1)),
    "one address, ports far apart": many((i) => at(i * 32 + 1)),
    "one address, ranges in a row": many((i) => at(i * 32 + 1, i * 32 + 32)),
    "one address, both protocols, ranges across blocks": many((i) => ({
      ...at((i >> 1) * 65 + 2, (i >> 1) * 65 + 60),
      protocol: i % 2 ? "tcp" : "udp",
    })),
    "addresses in a row": many((i) => ({ address: fromNumber(0x7bea0000 + i) })),
    "addresses far apart": many((i) => ({ address: fromNumber(0x01000000 + i * 1_600_003) })),
    "200 addresses with ten ports": many((i) => ({ address: fromNumber(0x7bea0100 + (i % 200)), ...at(1 + (i >> 3)) })),
    "100 addresses with twenty ports, half of them udp": many((i) => ({
      ...at(1 + i * 7),
      address: fromNumber(0x7bea0100 + (i % 100)),
      protocol: i % 200 < 100 ? "tcp" : "udp",
    })),
  };

  test.each(Object.keys(shapes))("%s: at most a hundred rules for a packet, at most 31 in a chain", (shape) => {
    const longest = longestWalk(shapes[shape]!);
    const chains = chainsOf(fragmentOf(shapes[shape]!));
    console.log(`${shape}: longest walk ${longest} rules, ${chains.length} chains`);
    expect(longest).toBeLessThanOrEqual(100);
    expect(Math.max(...chains.map(({ rules }) => rules.length))).toBeLessThanOrEqual(33);
  });

  test("the worst that addresses can do, sixteen ways filled at each of eight steps, is 128 rules", () => {
    const spread = Array.from({ length: 8 * 15 }, (_, i) => ({
      ...{ protocol: "tcp" as const, first: 80, last: 80, server: "172.16.1.1" },
      address: fromNumber((0xdfffffff ^ (((i % 15) + 1) << (Math.floor(i / 15) * 4))) >>> 0),
    }));
    const longest = longestWalk([...spread, { ...spread[0]!, address: "223.255.255.255" }]);
    console.log(`worst spread of addresses: ${longest} rules`);
    expect(longest).toBeLessThanOrEqual(128);
  });

  test.each(Object.keys(shapes))("%s: one entry more changes a few lines", (shape) => {
    const list = shapes[shape]!;
    const without = list.toSpliced(1234, 1);
    const [more, fewer] = [linesOf(list), linesOf(without)].map((lines) => new Set(lines));
    const changed = [...more!].filter((l) => !fewer!.has(l)).length + [...fewer!].filter((l) => !more!.has(l)).length;
    console.log(`${shape}: ${changed} lines`);
    expect(changed).toBeLessThanOrEqual(8);
  });
});

test("chains have short, legal names, each once, and every jump goes to a chain", () => {
  fc.assert(
    fc.property(doors(200), (list) => {
      const chains = chainsOf(fragmentOf(list));
      const places = chains.map(({ table, chain }) => `${table} ${chain}`);
      expect(new Set(places).size).toBe(places.length);
      for (const { chain, rules } of chains) {
        expect(chain).toMatch(/^mw-[A-Za-z0-9_./~-]{1,25}$/);
        expect(rules.length).toBeGreaterThan(0);
        for (const rule of rules.slice(0, 20)) expect(canonicalRule(ruleText(rule))).toBe(ruleText(rule));
      }
    }),
    { numRuns: testingAll ? 30 : 6 },
  );
});

test("the order of the entries does not show", () => {
  fc.assert(
    fc.property(doors(100), fc.infiniteStream(fc.nat()), (list, random) => {
      const shuffled = list.map((door) => [random.next().value, door] as const).sort((a, b) => a[0] - b[0]);
      expect(linesOf(shuffled.map(([, door]) => door))).toEqual(linesOf(list));
    }),
    { numRuns: testingAll ? 40 : 9 },
  );
});

test("two maps share no chain", () => {
  const list = Array.from({ length: 40 }, (_, i) => ({
    ...{ address: `123.234.1.${i}`, protocol: "tcp" as const, first: 80, last: 80, server: "172.16.1.1" },
  }));
  const names = ["site", "site2"].flatMap((map) => chainsOf(fragmentOf(list, map)).map(({ chain }) => chain));
  expect(new Set(names).size).toBe(names.length);
});
