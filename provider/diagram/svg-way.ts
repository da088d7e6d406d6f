/** A packet's way over the picture: request and reply side by side where they take the same line, with the numbers of their steps. */
import { CARD, PAPER, REPLY, REQUEST } from "./colours.ts";
import { type Curve, endOf, pathOf, pointOn, round, type Wiring } from "./curves.ts";
import type { DrawnLeg, Graph, Step } from "./graph.ts";
import type { Layout } from "./layout.ts";
import { element, group, type Markup } from "./xml.ts";

/** Between two lines of the way on the same line of the picture. */
const LANE = 10;

export const legColour = (leg: "request" | "reply") => (leg === "request" ? REQUEST : REPLY);

export function drawWay(graph: Graph, layout: Layout, wiring: Wiring): Markup[] {
  const legs = graph.way?.legs ?? [];
  const steps = legs.flatMap((leg) => leg.steps);
  const hosts = new Set(graph.boxes.filter(({ lan }) => lan !== undefined).map(({ id }) => id));
  // Towards hosts all of a door's lines begin at one place.
  const key = ({ from, to, over }: Step) =>
    [from, to]
      .filter((id) => over === undefined || !hosts.has(id))
      .sort()
      .join(" ");
  const lanes = Map.groupBy(steps, key);
  const drawn = steps.map((step) => {
    const beside = lanes.get(key(step))!;
    const lane = beside.indexOf(step);
    const curve = wiring.between(step.from, step.to, step.over, (lane - (beside.length - 1) / 2) * LANE);
    // Numbers of steps that go opposite ways stand apart all the same.
    const along = (lane + 1) / (beside.length + 1);
    const backwards = curve.to.x < curve.from.x;
    return { step, curve, badge: pointOn(curve, backwards ? 1 - along : along) };
  });
  return [
    ...drawn.map(({ step, curve }) => drawLine(step, curve)),
    ...drawn.map(({ step, badge }) => drawNumber(step, badge.x, badge.y)),
    ...legs.flatMap((leg) => drawEnd(leg, layout)),
  ];
}

function drawLine(step: Step, curve: Curve): Markup {
  const colour = legColour(step.leg);
  const line = { d: pathOf(curve), fill: "none", "stroke-linejoin": "round" };
  const { x, y, rightwards } = endOf(curve);
  const back = rightwards ? -9 : 9;
  const arrow = `M ${round(x)} ${round(y)} l ${back} -5 v 10 z`;
  return group({}, [
    element("path", { ...line, stroke: PAPER, "stroke-width": 6 }),
    element("path", { ...line, stroke: colour, "stroke-width": 3 }),
    element("path", { d: arrow, fill: colour }),
  ]);
}

function drawNumber({ leg, number }: Step, x: number, y: number): Markup {
  return numberBadge(legColour(leg), number, x, y);
}

export function numberBadge(colour: string, number: number, x: number, y: number): Markup {
  const text = {
    x: round(x),
    y: round(y + 4),
    "text-anchor": "middle",
    "font-size": 11,
    "font-weight": 700,
    fill: CARD,
  };
  return group({}, [
    element("circle", { cx: round(x), cy: round(y), r: 9.5, fill: colour, stroke: PAPER, "stroke-width": 1.5 }),
    element("text", text, `${number}`),
  ]);
}

/** Where a packet is lost, or nobody can tell what becomes of it, there is a sign on the box. */
function drawEnd({ name, verdict, end }: DrawnLeg, layout: Layout): Markup[] {
  const sign = verdict === "dropped" ? "×" : verdict === "unknown" ? "?" : undefined;
  if (sign === undefined || end === undefined) return [];
  const { x, y, width, height } = layout.boxes.get(end)!;
  // On the corners, where no text is.
  const at = { x: x + width, y: name === "request" ? y : y + height };
  const text = { x: at.x, y: at.y + 6, "text-anchor": "middle", "font-size": 17, "font-weight": 700, fill: CARD };
  return [
    element("circle", { cx: at.x, cy: at.y, r: 11, fill: legColour(name), stroke: PAPER, "stroke-width": 2 }),
    element("text", text, sign),
  ];
}

/** The boxes that the packet or its reply comes by. */
export function visitedBy(graph: Graph): ReadonlySet<string> {
  return new Set(graph.way?.legs.flatMap(({ steps }) => [...steps.flatMap((s) => [s.from, s.to, s.over ?? s.to])]));
}
