/** Numbers (addresses, ports) in as few classes as lines tell apart: those that the same lines are about. */
import type { Range } from "./distinctions.ts";

export interface Class<Line> {
  /** The lines that are about these numbers, in their order. */
  readonly lines: readonly Line[];
  /** Some of the ranges of numbers in which no line makes a difference, lowest first. */
  readonly ranges: readonly { readonly low: number; readonly high: number }[];
}

/** Of one class as many ranges are kept: somewhere in them a sample is to be found. */
const ENOUGH = 16;

/**
 * @param lines each with the numbers that it is about, and what it has in common with others (`like`)
 * @param cuts further numbers to cut at: what begins there is a range of its own
 */
export function classesOf<Line extends { readonly like: string }>(
  lines: readonly Line[],
  rangeOf: (line: Line) => Range,
  all: { readonly low: number; readonly high: number },
  cuts: readonly number[] = [],
): Class<Line>[] {
  const starts = Map.groupBy(lines.keys(), (i) => Math.max(rangeOf(lines[i]!).low, all.low));
  const ends = Map.groupBy(lines.keys(), (i) => rangeOf(lines[i]!).high + 1);
  const inside = (at: number) => at >= all.low && at <= all.high;
  const points = [...new Set([all.low, ...starts.keys(), ...ends.keys(), ...cuts])]
    .filter(inside)
    .sort((a, b) => a - b);
  const active = new Set<number>();
  const classes = new Map<string, { lines: readonly Line[]; ranges: { low: number; high: number }[] }>();
  for (const [at, low] of points.entries()) {
    for (const i of ends.get(low) ?? []) active.delete(i);
    for (const i of starts.get(low) ?? []) if (rangeOf(lines[i]!).high >= low) active.add(i);
    const here = [...new Map([...active].sort((a, b) => a - b).map((i) => [lines[i]!.like, lines[i]!])).values()];
    const key = here.map(({ like }) => like).join("\n");
    const known = classes.get(key) ?? { lines: here, ranges: [] };
    classes.set(key, known);
    if (known.ranges.length < ENOUGH) known.ranges.push({ low, high: (points[at + 1] ?? all.high + 1) - 1 });
  }
  return [...classes.values()];
}
