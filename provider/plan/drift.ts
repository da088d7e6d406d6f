import { formatFragment } from "../kernel/fragment.ts";
import type { Fragment, Line, TableNames } from "../kernel/line.ts";
import { lineKey, lineSlot } from "../kernel/line-key.ts";
import type { Live } from "./live.ts";

/**
 * Where the router differs from what the last run left there, in words: `missing: 1024: from all fwmark 0x1 lookup
 * wan_one`. A line that is only now declared, or no longer, is a change and not drift.
 * @param recorded lines of the last run
 * @param desired lines declared now
 */
export function driftOf(
  live: Live,
  recorded: Fragment,
  desired: Fragment,
  territory: (line: Line) => boolean,
  names: TableNames,
): string[] {
  const recordedKeys = new Set(recorded.map(lineKey));
  const known = new Set([...recorded, ...desired].map(lineKey));
  const lost = desired.filter((line) => recordedKeys.has(lineKey(line)) && !live.has(line));
  const missing = lost.flatMap((line) => [
    ...difference(line, live.inSlot(line)).map((text) => `missing: ${text}`),
    ...live.inSlot(line).flatMap((there) => difference(there, [line]).map((text) => `unexpected: ${text}`)),
  ]);
  const lostSlots = new Set(lost.map(lineSlot));
  const stray = live.lines.filter(
    (line) => territory(line) && !known.has(lineKey(line)) && !lostSlots.has(lineSlot(line)),
  );
  return [...missing, ...stray.flatMap((line) => texts(line).map((text) => `unexpected: ${text}`))];

  /** A chain is many lines of text: only those that the other one lacks, or all of them if just the order differs. */
  function difference(line: Line, others: readonly Line[]): string[] {
    const here = texts(line);
    const there = others.flatMap(texts);
    const only = without(here, there);
    return only.length === 0 && without(there, here).length === 0 ? here : only;
  }

  function texts(line: Line): string[] {
    return formatFragment([line], names).split("\n");
  }
}

/** Each element of `b` takes away one equal element of `a`. */
function without(a: readonly string[], b: readonly string[]): string[] {
  const left = [...b];
  return a.filter((text) => {
    const i = left.indexOf(text);
    if (i >= 0) left.splice(i, 1);
    return i < 0;
  });
}
