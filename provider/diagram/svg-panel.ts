/** Below the picture: the steps of the way in words, or what the lines mean. */
import { INK, linkColour, MUTED } from "./colours.ts";
import type { DrawnLeg, Graph } from "./graph.ts";
import { legColour, numberBadge } from "./svg-way.ts";
import { wrapped } from "./text.ts";
import { element, type Markup } from "./xml.ts";

export interface Panel {
  readonly height: number;
  readonly parts: readonly Markup[];
}

const SIZE = 13;
const LINE = 20;

export function drawPanel(graph: Graph, x: number, y: number, width: number): Panel {
  const legs = graph.way?.legs;
  if (!legs) return drawMeaning(graph, x, y, width);
  const column = (width - 40) / Math.max(2, legs.length);
  const drawn = legs.map((leg, i) => drawLeg(leg, x + i * (column + 40), y, column));
  return { height: Math.max(0, ...drawn.map(({ height }) => height)), parts: drawn.flatMap(({ parts }) => parts) };
}

function drawLeg({ name, outcome, steps, texts }: DrawnLeg, x: number, y: number, width: number): Panel {
  const colour = legColour(name);
  const [heading = "", ...more] = wrapped(`${name === "request" ? "Request" : "Reply"}: ${outcome}`, 15, width, true);
  const parts = [
    element("rect", { x, y, width: 28, height: 4, rx: 2, fill: colour }),
    element("text", { x, y: y + 26, "font-size": 15, "font-weight": 700, fill: colour }, heading),
  ];
  for (const [i, text] of more.entries())
    parts.push(element("text", { x, y: y + 46 + i * LINE, "font-size": 15, "font-weight": 700, fill: colour }, text));
  let at = y + 54 + more.length * LINE;
  const line = (text: string) => {
    for (const part of wrapped(text, SIZE, width - 34)) {
      parts.push(element("text", { x: x + 30, y: at, "font-size": SIZE, fill: INK }, part));
      at += LINE;
    }
  };
  for (const { number, texts } of steps) {
    parts.push(numberBadge(colour, number, x + 10, at - 4.5));
    for (const text of texts.length > 0 ? texts : ["nothing is changed"]) line(text);
    at += 5;
  }
  for (const text of texts) line(text);
  return { height: at - y, parts };
}

function drawMeaning(graph: Graph, x: number, y: number, width: number): Panel {
  const colour = linkColour(graph.links, graph.links[0]);
  const sample = (at: number, dash?: string) =>
    element("path", { d: `M ${x} ${at} h 34`, stroke: colour, "stroke-width": 2, "stroke-dasharray": dash });
  const texts = [
    ["A door: connections from outside, and the server's own that leave by that link.", undefined],
    ["The way out of connections that the hosts open themselves.", "5 4"],
  ] as const;
  const parts = texts.flatMap(([text, dash], i) => [
    sample(y + 8 + i * LINE, dash),
    element("text", { x: x + 46, y: y + 12 + i * LINE, "font-size": 12, fill: MUTED }, text),
  ]);
  const rule =
    "A connection carries the mark of the link it came in by; the mark selects that link's table, so replies leave where the connection came in.";
  const lines = wrapped(rule, 12, width);
  parts.push(
    ...lines.map((text, i) =>
      element("text", { x, y: y + 12 + (texts.length + i) * LINE + 4, "font-size": 12, fill: MUTED }, text),
    ),
  );
  return { height: (texts.length + lines.length) * LINE + 8, parts };
}
