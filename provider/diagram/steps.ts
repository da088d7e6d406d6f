/** A packet's way as numbered steps over a site's picture. Pure. */
import type { Site } from "../site/schema.ts";
import type { DrawnLeg, Graph, Step } from "./graph.ts";
import { movesOf } from "./moves.ts";
import { INTERNET } from "./site-graph.ts";
import type { Leg, Way } from "./way.ts";

/** A picture with a way in it. The reply's numbers go on where the request's end. */
export function withWay(graph: Graph, site: Site, way: Way): Graph {
  let number = 0;
  const legs = way.legs.map((leg): DrawnLeg => {
    const steps = movesOf(graph, site, leg).map((move): Step => ({ ...move, number: ++number, leg: leg.name }));
    const end = steps.at(-1)?.to;
    const said = steps.length > 0 ? [] : [`from ${leg.from} to ${leg.to}`, ...leg.notes];
    const outcome = outcomeOf(graph, leg, end);
    return { name: leg.name, verdict: leg.verdict, outcome, steps, texts: said, ...(end !== undefined && { end }) };
  });
  // Who talks to the site from out there is written into the internet.
  const outside = legs.flatMap(({ steps }, i) => [
    ...(steps[0]?.from === INTERNET ? [way.legs[i]!.from] : []),
    ...(steps.at(-1)?.to === INTERNET ? [way.legs[i]!.to] : []),
  ]);
  const rows = [...new Set(outside)].map((text) => ({ text }));
  const boxes = graph.boxes.map((box) => (box.id === INTERNET ? { ...box, rows } : box));
  return { ...graph, boxes, way: { title: way.title, legs } };
}

function outcomeOf(graph: Graph, { verdict, to, outDevice }: Leg, end: string | undefined): string {
  const box = graph.boxes.find(({ id }) => id === end);
  switch (verdict) {
    case "delivered":
      if (box?.kind === "server") return `reaches ${box.title}`;
      return outDevice === undefined ? "reaches the router itself" : `reaches ${to}`;
    case "sent": {
      const link = graph.boxes.find(({ kind, rows }) => kind === "link" && rows[0]?.text === outDevice);
      return link ? `leaves by ${link.title}` : `leaves by ${outDevice}`;
    }
    case "dropped":
      return "is dropped";
    case "unknown":
      return "cannot be told";
  }
}
