/** The boxes of the picture, and the frames around them. */
import { BODY, headHeight, LINE, type PlacedText } from "./cards.ts";
import { CARD, FAINT, GROUP, INK, linkColour, MUTED, tint } from "./colours.ts";
import type { Box, Graph } from "./graph.ts";
import type { Placed, Rect } from "./layout.ts";
import { widthOf } from "./text.ts";
import { element, group, type Markup } from "./xml.ts";

const DIM = 0.4;

/** `dim`: a box that the packet does not come by. */
export function drawBox(graph: Graph, placed: Placed, dim: boolean): Markup {
  const { box, card, x, y, width, height } = placed;
  const colour = linkColour(graph.links, box.link);
  const parts = [
    element("rect", {
      ...{ x, y, width, height, rx: cornerOf(box), fill: fillOf(box, colour), stroke: colour, "stroke-width": 1.4 },
      ...((box.kind === "out" || box.kind === "clients") && { "stroke-dasharray": "5 3" }),
    }),
  ];
  if (box.kind === "link") {
    const deep = headHeight(card);
    const d = `M ${x} ${y + deep} v ${6 - deep} a 6 6 0 0 1 6 -6 h ${width - 12} a 6 6 0 0 1 6 6 v ${deep - 6} z`;
    parts.push(element("path", { d, fill: colour }));
  }
  if (box.kind === "door") {
    const d = `M ${x + 6} ${y} v ${height} a 6 6 0 0 1 -6 -6 v ${12 - height} a 6 6 0 0 1 6 -6 z`;
    parts.push(element("path", { d, fill: colour }));
  }
  if (box.badge !== undefined && card.badge) {
    const [left, top] = [x + card.badge.x, y + card.badge.y];
    parts.push(element("rect", { x: left, y: top, width: card.badge.width, height: 17, rx: 8.5, fill: CARD }));
    const at = { x: left + card.badge.width / 2, y: top + 12.5, "text-anchor": "middle" };
    parts.push(element("text", { ...at, "font-size": 11, "font-weight": 700, fill: colour }, box.badge));
  }
  parts.push(...card.texts.map((text) => drawText(graph, placed, text)));
  return group({ id: box.id, opacity: dim ? DIM : undefined }, parts);
}

function cornerOf({ kind }: Box): number {
  return kind === "internet" ? 30 : kind === "isp" ? 14 : 6;
}

function fillOf({ kind }: Box, colour: string): string {
  return kind === "isp" || kind === "internet" ? tint(colour, 0.1) : CARD;
}

function drawText(graph: Graph, { box, card, x, y, width, height }: Placed, text: PlacedText): Markup {
  const title = text.as === "title" && box.kind !== "out";
  const bold = title || text.link !== undefined;
  const centred = box.kind === "internet" || box.kind === "lan";
  // Who has many lines, or stands for many, is higher than his texts are.
  const down = box.kind === "lan" ? 0 : (height - card.content) / 2;
  return element(
    "text",
    {
      ...(centred ? { x: x + width / 2, "text-anchor": "middle" } : { x: round(x + text.x) }),
      y: round(y + text.y + down),
      ...{ "font-size": text.size, "font-weight": bold ? 700 : undefined, fill: inkOf(graph, box, text, title) },
    },
    text.text,
  );
}

function inkOf(graph: Graph, box: Box, text: PlacedText, title: boolean): string {
  if (text.link !== undefined) return linkColour(graph.links, text.link);
  if (box.kind === "link" && title) return CARD;
  return text.as === "label" ? MUTED : INK;
}

export function drawFrame({ x, y, width, height }: Rect): Markup {
  return element("rect", { x, y, width, height, rx: 12, fill: GROUP, stroke: FAINT, "stroke-width": 1.2 });
}

export function drawRouterHead(graph: Graph, { x, y }: Rect): Markup[] {
  const left = x + 18;
  const title = { x: left, y: y + 28, "font-size": 17, "font-weight": 700, fill: INK };
  let at = left;
  const rows = graph.router.rows.flatMap(({ label = "", text, link }) => {
    const place = { y: y + 28 + LINE + 2, "font-size": BODY };
    const first = element("text", { x: round(at), ...place, fill: MUTED }, label);
    at += widthOf(label, BODY) + 8;
    const ink = { fill: link ? linkColour(graph.links, link) : INK, "font-weight": link ? 700 : undefined };
    const second = element("text", { x: round(at), ...place, ...ink }, text);
    at += widthOf(text, BODY, link !== undefined) + 28;
    return [first, second];
  });
  return [element("text", title, graph.router.title), ...rows];
}

export function drawLanHead({ x, y }: Rect, title: string): Markup {
  return element("text", { x: x + 18, y: y + 28, "font-size": 15, "font-weight": 700, fill: INK }, title);
}

function round(n: number): number {
  return Math.round(n * 10) / 10;
}
