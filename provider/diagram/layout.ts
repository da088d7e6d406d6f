/** Where each box stands: columns from left to right, with room for the frames around the router and the LANs. */
import { type Card, cardOf } from "./cards.ts";
import type { Box, BoxKind, Graph } from "./graph.ts";
import { orderOf } from "./order.ts";
import { portsOf } from "./ports.ts";
import { extent, type Span, stacked } from "./stack.ts";

export interface Rect extends Span {
  readonly x: number;
  readonly width: number;
}

export interface Placed extends Rect {
  readonly box: Box;
  readonly card: Card;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: ReadonlyMap<string, Placed>;
  readonly router: Rect;
  /** The frame of each LAN's hosts, by the id of its device's box. */
  readonly lans: ReadonlyMap<string, Rect>;
}

const COLUMNS = [["internet"], ["isp"], ["link"], ["door", "out"], ["lan"], ["server", "clients"]] as const;
export const MARGIN = 32;
/** The title, above everything. */
const TOP = 62;
/** Between two boxes of a column. */
const APART = 16;
/** Around the boxes in a frame, and its heading. */
const FRAME = 18;
const ROUTER_HEAD = 62;
const LAN_HEAD = 42;
/** Between two lines that end at one host. */
export const PORT = 13;

export function layoutOf(graph: Graph): Layout {
  const ports = portsOf(graph);
  const columns = COLUMNS.map((kinds) => graph.boxes.filter(({ kind }) => kinds.some((one: BoxKind) => one === kind)));
  const wide = columns.map((boxes) => Math.max(0, ...boxes.map((box) => cardOf(box).width)));
  const cards = new Map(
    columns.flatMap((boxes, i) =>
      boxes.map((box) => {
        const high = 20 + (ports.get(box.id)?.length ?? 0) * PORT;
        return [box.id, cardOf(box, { wide: wide[i]!, high })] as const;
      }),
    ),
  );
  const spans = spansOf(graph, columns, cards);
  const lefts = leftsOf(graph, wide);
  const lanFrames = columns[4]!.map((lan) => ({ id: lan.id, ...spans.get(lan.id)! }));
  const inside = extent([...columns[2]!, ...columns[3]!, ...columns[4]!].map(({ id }) => spans.get(id)!));
  const router = { y: inside.top - FRAME - ROUTER_HEAD, height: inside.bottom - inside.top + 2 * FRAME + ROUTER_HEAD };
  const all = extent([...spans.values(), router]);
  const down = MARGIN + TOP - all.top;
  const rect = (x: number, width: number, { y, height }: Span): Rect => {
    const top = Math.round(y + down);
    return { x, y: top, width, height: Math.round(y + down + height) - top };
  };
  const routerX = lefts[2]! - FRAME - 8;
  return {
    width: lefts[5]! + wide[5]! + FRAME + MARGIN,
    height: Math.ceil(all.bottom + down),
    boxes: new Map(
      columns.flatMap((column, i) =>
        column.map((box) => {
          const placed = { ...rect(lefts[i]!, wide[i]!, spans.get(box.id)!), box, card: cards.get(box.id)! };
          return [box.id, placed] as const;
        }),
      ),
    ),
    // A LAN's device stands on the router's edge.
    router: rect(routerX, lefts[4]! + wide[4]! - routerX, router),
    lans: new Map(lanFrames.map((frame) => [frame.id, rect(lefts[5]! - FRAME, wide[5]! + 2 * FRAME, frame)])),
  };
}

/** The heights, from any zero: doors close together, and everything else near what it is joined to. */
function spansOf(graph: Graph, columns: readonly Box[][], cards: ReadonlyMap<string, Card>): Map<string, Span> {
  const [, isps = [], links = [], doors = [], lans = [], hosts = []] = columns;
  const order = orderOf(graph, cards);
  const spans = new Map<string, Span>();
  const add = (more: ReadonlyMap<string, Span>) => more.forEach((span, id) => void spans.set(id, span));
  const middle = (ids: readonly string[]): number | undefined => {
    const centres = ids.flatMap((id) => (spans.has(id) ? [spans.get(id)!.y + spans.get(id)!.height / 2] : []));
    return centres.length === 0 ? undefined : centres.reduce((sum, y) => sum + y, 0) / centres.length;
  };
  const item = ({ id }: Box, space: number, wish?: number) => ({ id, height: cards.get(id)!.height, space, wish });

  const rows = graph.links.map((name) =>
    doors.filter(({ link }) => link === name).toSorted((a, b) => order(a.id) - order(b.id)),
  );
  // A link may be higher than all its doors.
  const slack = (i: number) => {
    const own = rows[i]!.reduce((sum, { id }) => sum + cards.get(id)!.height + APART, -APART);
    return Math.max(0, cards.get(`link:${graph.links[i]}`)!.height - own) / 2;
  };
  add(
    stacked(
      rows.flatMap((row, i) =>
        row.map((box, k) => item(box, k > 0 || i === 0 ? APART : 2 * APART + slack(i - 1) + slack(i))),
      ),
    ),
  );
  add(
    stacked(
      links.map((box) => item(box, 2 * APART, middle(rows[graph.links.indexOf(box.link!)]!.map(({ id }) => id)))),
    ),
  );
  add(new Map(isps.map((box) => [box.id, level(cards.get(box.id)!.height, spans.get(`link:${box.link}`)!)])));

  const joined = (host: Box) => graph.lines.filter(({ to }) => to === host.id).map(({ from }) => from);
  const everywhere = middle(doors.map(({ id }) => id));
  // Hosts stand as far apart as the doors are high, or their lines would all be steep.
  const reach = extent(doors.map(({ id }) => spans.get(id)!));
  const taken = hosts.reduce((sum, { id }) => sum + cards.get(id)!.height, lans.length * (2 * FRAME + LAN_HEAD));
  const apart = Math.min(90, Math.max(APART, (0.8 * (reach.bottom - reach.top) - taken) / hosts.length));
  const grouped = lans
    .map((lan) => hosts.filter((host) => host.lan === lan.id).toSorted((a, b) => order(a.id) - order(b.id)))
    .toSorted((a, b) => order(a[0]!.id) - order(b[0]!.id));
  add(
    stacked(
      grouped.flatMap((group) =>
        group.map((host, i) =>
          item(host, (i > 0 ? 0 : 2 * FRAME + LAN_HEAD) + apart, middle(joined(host)) ?? everywhere),
        ),
      ),
    ),
  );
  for (const lan of lans) {
    const { top, bottom } = extent(hosts.filter((host) => host.lan === lan.id).map(({ id }) => spans.get(id)!));
    spans.set(lan.id, { y: top - FRAME - LAN_HEAD, height: bottom - top + 2 * FRAME + LAN_HEAD });
  }
  const { top, bottom } = extent(isps.map(({ id }) => spans.get(id)!));
  spans.set("internet", level(Math.max(bottom - top, cards.get("internet")!.height), { y: top, height: bottom - top }));
  return spans;
}

/** The left edge of each column. Where many lines cross there is more room for it. */
function leftsOf(graph: Graph, wide: readonly number[]): number[] {
  const crossing = graph.lines.filter(({ kind }) => kind !== "cable").length;
  const gaps = [100, 120, 110, Math.min(420, 120 + 7 * crossing), 70];
  let x = MARGIN;
  return wide.map((width, i) => {
    const left = x;
    x += width + (gaps[i] ?? 0);
    return left;
  });
}

/** A height around the same middle as another. */
function level(height: number, other: Span): Span {
  return { y: other.y + (other.height - height) / 2, height };
}
