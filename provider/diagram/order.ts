/** Which box of a column stands above which: dagre's order, in which few lines cross. */
import { Graph as Dagre, layout } from "@dagrejs/dagre";
import type { Card } from "./cards.ts";
import type { Graph } from "./graph.ts";

/** The rank of each box from top to bottom, to be compared within its column. */
export function orderOf(graph: Graph, cards: ReadonlyMap<string, Card>): (id: string) => number {
  const dagre = new Dagre({ compound: true });
  dagre.setGraph({ rankdir: "LR", nodesep: 18, ranksep: 80, edgesep: 18 });
  dagre.setDefaultEdgeLabel(() => ({}));
  for (const { id, kind, lan } of graph.boxes) {
    // A LAN is its hosts' frame: they stay together. Its device is no place where lines could cross.
    if (kind === "lan") dagre.setNode(id, {});
    else dagre.setNode(id, { width: cards.get(id)!.width, height: cards.get(id)!.height });
    if (lan !== undefined) dagre.setParent(id, lan);
  }
  for (const { from, to } of graph.lines) dagre.setEdge(from, to);
  // A host that nothing leads to would stand in the first column.
  for (const { id, lan } of graph.boxes)
    if (lan !== undefined && (dagre.inEdges(id) ?? []).length === 0)
      dagre.setEdge(`out:${graph.links.at(-1)}`, id, { weight: 0 });
  const constraints = graph.links
    .slice(1)
    .map((name, i) => ({ left: `link:${graph.links[i]}`, right: `link:${name}` }));
  layout(dagre, { constraints });
  return (id) => dagre.node(id).y ?? 0;
}
