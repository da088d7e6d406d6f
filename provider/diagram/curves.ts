/** The lines between boxes: they leave a box by its side, and stay in the gaps between the columns. */
import type { Graph } from "./graph.ts";
import { type Layout, type Placed, PORT } from "./layout.ts";
import { portsOf } from "./ports.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** From point to point: straight where they are level, else an S, or around a corner where both are on the same side. */
export interface Curve {
  readonly from: Point;
  readonly to: Point;
  /** Where the curve has ended and goes on straight: behind a LAN's device. */
  readonly tail?: Point;
  /** How far it swings out where both ends are in the same column. */
  readonly bulge?: number;
}

export interface Wiring {
  /** The curve from box to box. `shift` moves it down, for several of them side by side. */
  between(from: string, to: string, over: string | undefined, shift?: number): Curve;
}

export function wiringOf(graph: Graph, layout: Layout): Wiring {
  const ports = portsOf(graph);
  const at = (id: string) => layout.boxes.get(id)!;
  const sorted = new Map(
    [...ports].map(([host, others]) => [host, others.toSorted((a, b) => middle(at(a)) - middle(at(b)))] as const),
  );
  /** The height at which a line between the two meets the first of them. */
  const level = (one: Placed, other: Placed): number => {
    const { kind } = one.box;
    if (kind === "internet" || kind === "lan") return level2(other, one);
    const places = sorted.get(one.box.id);
    const i = places?.indexOf(other.box.id) ?? -1;
    return places === undefined || i < 0 ? middle(one) : middle(one) + (i - (places.length - 1) / 2) * PORT;
  };
  /** The same for who lies opposite to one that takes a line at any height. */
  const level2 = (one: Placed, other: Placed): number =>
    one.box.kind === "internet" || one.box.kind === "lan" ? middle(one) : level(one, other);

  return {
    between(from, to, over, shift = 0) {
      const [a, b] = [at(from), at(to)];
      if (a.x === b.x) return sameColumn(a, b, over === undefined ? 60 : 42, shift);
      const [inner, outer] = a.x < b.x ? [a, b] : [b, a];
      const left = { x: right(inner), y: level(inner, outer) + shift };
      const rightmost = { x: outer.x, y: level(outer, inner) + shift };
      if (over === undefined) return outer === b ? { from: left, to: rightmost } : { from: rightmost, to: left };
      // Straight from the LAN's device to the host behind it.
      const device = { x: at(over).x, y: rightmost.y };
      return outer === b ? { from: left, to: device, tail: rightmost } : { from: rightmost, to: left, tail: device };
    },
  };
}

/** Around by the side where there is room: right of a link, left of all others. */
function sameColumn(a: Placed, b: Placed, reach: number, shift: number): Curve {
  const side = (one: Placed) => (one.box.kind === "link" ? right(one) : one.x);
  const bulge = (a.box.kind === "link" ? 1 : -1) * reach;
  return { from: { x: side(a), y: middle(a) + shift }, to: { x: side(b), y: middle(b) + shift }, bulge };
}

/** As an SVG path. */
export function pathOf({ from, to, tail, bulge }: Curve): string {
  const p = ({ x, y }: Point) => `${round(x)} ${round(y)}`;
  const swing = (a: Point, b: Point) => {
    if (bulge !== undefined) return `C ${p({ x: a.x + bulge, y: a.y })}, ${p({ x: b.x + bulge, y: b.y })}, ${p(b)}`;
    const x = (a.x + b.x) / 2;
    return Math.abs(a.y - b.y) < 0.5 ? `L ${p(b)}` : `C ${p({ x, y: a.y })}, ${p({ x, y: b.y })}, ${p(b)}`;
  };
  if (tail === undefined) return `M ${p(from)} ${swing(from, to)}`;
  // The straight part lies on the host's side, which is to the right.
  return to.x > from.x
    ? `M ${p(from)} ${swing(from, to)} L ${p(tail)}`
    : `M ${p(from)} L ${p(tail)} ${swing(tail, to)}`;
}

/** A point of the curved part: 0 is its beginning, 1 its end. */
export function pointOn({ from, to, tail, bulge }: Curve, t: number): Point {
  const a = tail !== undefined && to.x < from.x ? tail : from;
  const reach = bulge === undefined ? undefined : bulge;
  const c1 = reach === undefined ? (a.x + to.x) / 2 : a.x + reach;
  const c2 = reach === undefined ? c1 : to.x + reach;
  const mix = (p0: number, p1: number, p2: number, p3: number) =>
    (1 - t) ** 3 * p0 + 3 * (1 - t) ** 2 * t * p1 + 3 * (1 - t) * t ** 2 * p2 + t ** 3 * p3;
  return { x: mix(a.x, c1, c2, to.x), y: mix(a.y, a.y, to.y, to.y) };
}

/** The end of the whole line, and whether it comes there from the left. */
export function endOf({ from, to, tail, bulge }: Curve): Point & { readonly rightwards: boolean } {
  const end = tail !== undefined && to.x > from.x ? tail : to;
  return { ...end, rightwards: bulge === undefined ? end.x > from.x : bulge < 0 };
}

function middle({ y, height }: Placed): number {
  return y + height / 2;
}

function right({ x, width }: Placed): number {
  return x + width;
}

export function round(n: number): string {
  return `${Math.round(n * 10) / 10}`;
}
