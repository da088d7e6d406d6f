/** A routing table made for looking up: by prefix length, longest first, then by network, then the lowest metric. */
import { bitsOf, lengthOf, parseNetwork } from "../model/ip.ts";
import type { RouteLine } from "../model/line.ts";
import { numberOf } from "./address-number.ts";

export interface RouteTable {
  readonly routes: readonly RouteLine[];
  /** All routes whose network has the address, in the order in which the kernel tries them. */
  fitting(address: number): readonly RouteLine[];
}

export function routeTable(routes: readonly RouteLine[]): RouteTable {
  // Most tables of a router in one of its situations are never asked.
  let lengths: ReturnType<typeof byLength> | undefined;
  return {
    routes,
    fitting: (address) => {
      lengths ??= byLength(routes);
      const found: RouteLine[] = [];
      for (const { bits, byBase } of lengths) found.push(...(byBase.get((address & bits) >>> 0) ?? []));
      return found;
    },
  };
}

function byLength(routes: readonly RouteLine[]) {
  return [...Map.groupBy(routes, ({ destination }) => lengthOf(destination))]
    .sort(([a], [b]) => b - a)
    .map(([prefix, list]) => ({ bits: bitsOf(prefix), byBase: byBase(list, bitsOf(prefix)) }));
}

function byBase(routes: readonly RouteLine[], bits: number): ReadonlyMap<number, readonly RouteLine[]> {
  const base = ({ destination }: RouteLine) => (numberOf(parseNetwork(destination)?.address ?? "0.0.0.0") & bits) >>> 0;
  return new Map(
    [...Map.groupBy(routes, base)].map(([at, list]) => [at, list.toSorted((a, b) => a.metric - b.metric)]),
  );
}

export function sameNetwork(a: number, b: number, prefix: number): boolean {
  return ((a ^ b) & bitsOf(prefix)) === 0;
}
