/** The figures as Markdown: medians, and how many times ours the others are. */
import type { Cost } from "./meter.ts";
import { JOBS, type Job } from "./site.ts";

/** Per way, in the order of the columns, and job: one cost a round. */
export type Costs = ReadonlyMap<string, ReadonlyMap<Job, readonly Cost[]>>;

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

interface Figure {
  readonly title: string;
  readonly of: (cost: Cost) => number | undefined;
  readonly digits: number;
}

const FIGURES: readonly Figure[] = [
  { title: "Seconds", of: ({ seconds }) => seconds, digits: 1 },
  { title: "Logins", of: ({ logins }) => logins, digits: 0 },
  { title: "Seconds of the router's processor", of: ({ processor }) => processor, digits: 2 },
];

/** Two digits say enough: "0.051x", "3.0x", "130x". */
const times = (ratio: number) => `${Number(ratio.toPrecision(2)) >= 10 ? ratio.toFixed(0) : ratio.toPrecision(2)}x`;

/** The first way is the one that the others are held against: "6.0 (3.0x)" is three times as much as it. */
export function tables(costs: Costs): string {
  const ways = [...costs.keys()];
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return FIGURES.map(({ title, of, digits }) => {
    const cell = (job: Job) => {
      const medians = ways.map((way) => {
        const values = (costs.get(way)!.get(job) ?? []).map(of).filter((value) => value !== undefined);
        return values.length > 0 ? median(values) : undefined;
      });
      const [ours] = medians;
      return medians.map((value, i) => {
        if (value === undefined) return "-";
        return value.toFixed(digits) + (i > 0 && ours ? ` (${times(value / ours)})` : "");
      });
    };
    const rows = (Object.keys(JOBS) as Job[]).map((job) => row([JOBS[job].what, ...cell(job)]));
    return [row([title, ...ways]), row(["---", ...ways.map(() => "---")]), ...rows].join("\n");
  }).join("\n\n");
}
