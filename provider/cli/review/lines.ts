/** Which lines of the router come and go with one resource, in the router's own words. Pure. */
import { type LineChange, lineDifference } from "../../model/line-difference.ts";
import type { Props, Step } from "./preview.ts";
import { texts } from "./props.ts";

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

const difference = (before: readonly string[], after: readonly string[]) => lineDifference(before, after, MOST);
