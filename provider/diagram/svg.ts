/** The graph as SVG: one file without fonts, scripts or references, the same bytes for the same site. */
import { FAINT, INK, linkColour, MUTED, PAPER } from "./colours.ts";
import { endOf, pathOf, round, wiringOf } from "./curves.ts";
import type { Graph, Line } from "./graph.ts";
import { type Layout, layoutOf, MARGIN } from "./layout.ts";
import { drawBox, drawFrame, drawLanHead, drawRouterHead } from "./svg-boxes.ts";
import { drawPanel } from "./svg-panel.ts";
import { drawWay, visitedBy } from "./svg-way.ts";
import { wrapped } from "./text.ts";
import { element, group, type Markup } from "./xml.ts";

const FONTS =
  "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', 'Helvetica Neue', Arial, sans-serif";
const DIM = 0.25;
/** Above the words below the picture. */
const PANEL = 30;

export function svgOf(graph: Graph): string {
  const layout = layoutOf(graph);
  const wiring = wiringOf(graph, layout);
  const visited = graph.way ? visitedBy(graph) : undefined;
  const width = Math.ceil(layout.width);
  const panel = drawPanel(graph, MARGIN, layout.height + PANEL, width - 2 * MARGIN);
  const height = Math.ceil(layout.height + PANEL + panel.height + MARGIN);
  const boxes = [...layout.boxes.values()];
  const line = (one: Line) => {
    const curve = wiring.between(one.from, one.to, layout.boxes.get(one.to)!.box.lan);
    const colour = linkColour(graph.links, one.link);
    const style = { fill: "none", stroke: colour, "stroke-width": one.kind === "cable" ? 2.4 : 1.8 };
    const dash = one.kind === "out" ? { "stroke-dasharray": "5 4" } : {};
    const { x, y } = endOf(curve);
    const inwards = one.kind === "door";
    const back = curve.from;
    const arrow = inwards
      ? `M ${round(x)} ${round(y)} l -8 -4 v 8 z`
      : `M ${round(back.x)} ${round(back.y)} l 8 -4 v 8 z`;
    return [
      element("path", { d: pathOf(curve), ...style, ...dash }),
      ...(one.kind === "cable" ? [] : [element("path", { d: arrow, fill: colour })]),
    ];
  };
  const dimmed = { opacity: visited ? DIM : undefined };
  const parts: Markup[] = [
    element("title", { id: "multiwan-title" }, graph.way ? `${graph.title}: ${graph.way.title}` : graph.title),
    element("desc", { id: "multiwan-desc" }, describe(graph)),
    element("rect", { width, height, rx: 10, fill: PAPER, stroke: FAINT }),
    ...heading(graph, width),
    drawFrame(layout.router),
    ...drawRouterHead(graph, layout.router),
    ...lans(graph, layout),
    // Boxes over lines, but the device of a LAN is something that lines pass.
    ...boxes.filter(({ box }) => box.kind === "lan").map((one) => drawBox(graph, one, dims(one.box.id, visited))),
    group(dimmed, graph.lines.flatMap(line)),
    ...boxes.filter(({ box }) => box.kind !== "lan").map((one) => drawBox(graph, one, dims(one.box.id, visited))),
    ...drawWay(graph, layout, wiring),
    ...panel.parts,
  ];
  const root = element(
    "svg",
    {
      ...{ xmlns: "http://www.w3.org/2000/svg", width, height, viewBox: `0 0 ${width} ${height}`, role: "img" },
      ...{ "aria-labelledby": "multiwan-title multiwan-desc", "font-family": FONTS },
    },
    { xml: `\n${parts.map(({ xml }) => xml).join("\n")}\n` },
  );
  return `${root.xml}\n`;
}

function dims(id: string, visited: ReadonlySet<string> | undefined): boolean {
  return visited !== undefined && !visited.has(id);
}

function heading(graph: Graph, width: number): Markup[] {
  const title = graph.way?.title ?? graph.title;
  const below = graph.way ? `${graph.title}: ${graph.subtitle}` : graph.subtitle;
  const [first = "", ...more] = wrapped(title, 22, width - 2 * MARGIN, true);
  const shown = more.length > 0 ? `${[...first].slice(0, -1).join("")}…` : first;
  return [
    element("text", { x: MARGIN, y: 46, "font-size": 22, "font-weight": 700, fill: INK }, shown),
    element("text", { x: MARGIN, y: 70, "font-size": 13, fill: MUTED }, below),
  ];
}

function lans(graph: Graph, layout: Layout): Markup[] {
  return [...layout.lans].flatMap(([lan, frame]) => {
    const many = layout.lans.size > 1 ? `LAN on ${graph.boxes.find(({ id }) => id === lan)!.title}` : "LAN";
    return [drawFrame(frame), drawLanHead(frame, many)];
  });
}

/** For who cannot see the picture. */
function describe(graph: Graph): string {
  const box = (id: string) => graph.boxes.find((one) => one.id === id)!;
  const rows = (id: string) =>
    [box(id).title, ...box(id).rows.map(({ label, text }) => (label === undefined ? text : `${label} ${text}`))].join(
      ", ",
    );
  const sentences = [
    graph.subtitle,
    ...graph.boxes.filter(({ kind }) => kind === "link").map(({ id }) => `Link ${rows(id)}`),
    ...graph.lines
      .filter(({ kind }) => kind === "door")
      .map(({ from, to, link }) => `Door on ${link}: ${rows(from)} leads to ${rows(to)}`),
    ...(graph.way?.legs ?? []).map(
      ({ name, outcome, steps, texts }) =>
        `The ${name} ${outcome}: ${[...steps.flatMap((step) => step.texts), ...texts].join("; ")}`,
    ),
  ];
  return `${sentences.join(". ")}.`;
}
