/** Which lines of the router come and go with one resource, in the router's own words. Pure. */
import type { Props, Step } from "./preview.ts";
import { texts } from "./props.ts";

export interface LineChange {
  readonly sign: "+" | "-";
  readonly text: string;
}

export interface ResourceLines {
  /** `WanLink site-wan_one-link` */
  readonly resource: string;
  readonly lines: readonly LineChange[];
  /** Where the router differs from what the last run left, in the preview's words. */
  readonly drift: readonly string[];
  /** Lines that are there already, word for word, and become managed. */
  readonly adopts: readonly string[];
  /** A secret among the values hides the lines. */
  readonly hidden: boolean;
}

export function linesOf({ kind, name, op, before, after }: Step): ResourceLines {
  const was = op === "create" ? [] : configOf(before);
  const is = op === "delete" ? [] : configOf(after);
  const adopts = op === "create" ? texts(after, "adopts") : [];
  // What was found word for word stays when its resource goes.
  const staying = new Set(op === "delete" ? texts(before, "adopts") : adopts);
  const found = difference(
    op === "create" ? [] : texts(before, "replaces"),
    op === "delete" ? [] : texts(after, "replaces"),
  );
  const changed = difference(was ?? [], is ?? []);
  return {
    resource: `${kind} ${name}`,
    lines: [
      ...changed.filter(({ text }) => !staying.has(text)),
      // A line that newly stands in the way goes; one that no longer does comes back.
      ...found
        .map(({ sign, text }): LineChange => ({ sign: sign === "+" ? "-" : "+", text }))
        .filter(({ sign, text }) => !(sign === "-" ? was : is)?.includes(text)),
    ],
    drift: texts(after, "drift"),
    adopts,
    hidden: was === undefined || is === undefined,
  };
}

/** undefined: it is no text, so it is a secret. */
function configOf({ config }: Props): string[] | undefined {
  if (typeof config !== "string") return config === undefined ? [] : undefined;
  return config === "" ? [] : config.replace(/\n$/, "").split("\n");
}

/** Beyond this many pairs to compare, lines that only move are not told. */
const MOST = 4_000_000;

/** The shortest list of lines that go and come, in their order. */
export function difference(before: readonly string[], after: readonly string[]): LineChange[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  const room = Math.min(before.length, after.length) - start;
  while (end < room && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  const was = before.slice(start, before.length - end);
  const is = after.slice(start, after.length - end);
  return was.length * is.length > MOST ? unordered(was, is) : ordered(was, is);
}

function ordered(was: readonly string[], is: readonly string[]): LineChange[] {
  const common = commonOf(was, is);
  const changes: LineChange[] = [];
  let [i, j] = [0, 0];
  while (i < was.length || j < is.length) {
    if (i < was.length && was[i] === is[j]) [i, j] = [i + 1, j + 1];
    else if (j >= is.length || (i < was.length && common(i + 1, j) >= common(i, j + 1)))
      changes.push({ sign: "-", text: was[i++]! });
    else changes.push({ sign: "+", text: is[j++]! });
  }
  return changes;
}

/** How many lines are common, in their order, from a place of either list on. */
function commonOf(was: readonly string[], is: readonly string[]): (i: number, j: number) => number {
  const width = is.length + 1;
  const common = new Uint32Array((was.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j]!;
  for (let i = was.length - 1; i >= 0; i--)
    for (let j = is.length - 1; j >= 0; j--)
      common[i * width + j] = was[i] === is[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  return at;
}

function unordered(was: readonly string[], is: readonly string[]): LineChange[] {
  const count = (lines: readonly string[]) =>
    new Map([...Map.groupBy(lines, (line) => line)].map(([line, all]) => [line, all.length]));
  const without = (lines: readonly string[], others: Map<string, number>) =>
    lines.filter((line) => {
      const left = others.get(line) ?? 0;
      others.set(line, left - 1);
      return left <= 0;
    });
  return [
    ...without(was, count(is)).map((text): LineChange => ({ sign: "-", text })),
    ...without(is, count(was)).map((text): LineChange => ({ sign: "+", text })),
  ];
}
