/** Which lines end at a box, so that each of them gets a place of its own on the box's edge. */
import type { Graph } from "./graph.ts";

/** Per host the boxes that lines to it come from; the first of them stands highest. */
export function portsOf(graph: Graph): Map<string, string[]> {
  const ports = new Map<string, string[]>();
  const hosts = new Set(graph.boxes.filter(({ lan }) => lan !== undefined).map(({ id }) => id));
  const add = (host: string, other: string) => {
    if (!hosts.has(host)) return;
    const known = ports.get(host) ?? [];
    if (!known.includes(other)) ports.set(host, [...known, other]);
  };
  for (const { from, to } of graph.lines) add(to, from);
  for (const { from, to } of graph.way?.legs.flatMap(({ steps }) => steps) ?? []) {
    add(to, from);
    add(from, to);
  }
  return ports;
}
