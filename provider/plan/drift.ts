import { formatFragment } from "../dialects/fragment.ts";
import { lineKey, lineSlot } from "../dialects/line-key.ts";
import type { Fragment, Line, TableNames } from "../model/line.ts";
import { lineDifference } from "../model/line-difference.ts";
import type { Live } from "./live.ts";
import { isInPlaceOf } from "./table-names.ts";

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
  const missing = lost.flatMap((line) => difference(texts([line]), texts(inPlaceOf(line, live))));
  const lostSlots = new Set(lost.map(lineSlot));
  const stray = live.lines.filter(
    (line) => territory(line) && !known.has(lineKey(line)) && !lostSlots.has(lineSlot(line)),
  );
  return [...missing, ...texts(stray).map((text) => `unexpected: ${text}`)];

  function texts(lines: Fragment): string[] {
    return lines.length === 0 ? [] : formatFragment(lines, names).split("\n");
  }
}

/** What stands there instead. A table's name that has gone to another number is in its place too. */
function inPlaceOf(line: Line, live: Live): Fragment {
  if (line.kind !== "table-name") return live.inSlot(line);
  return live.lines.filter((other) => other.kind === "table-name" && isInPlaceOf(other, line));
}

/** A chain is many lines of text: only those in which the two differ. */
function difference(wanted: readonly string[], there: readonly string[]): string[] {
  const changes = lineDifference(wanted, there);
  const onlyWanted = changes.filter(({ sign }) => sign === "-").map(({ text }) => text);
  const onlyThere = changes.filter(({ sign }) => sign === "+").map(({ text }) => text);
  const moved: string[] = [];
  const missing = onlyWanted.filter((text) => {
    const isElsewhere = takeOut(onlyThere, text);
    if (isElsewhere) moved.push(text);
    return !isElsewhere;
  });
  return [
    ...missing.map((text) => `missing: ${text}`),
    ...onlyThere.map((text) => `unexpected: ${text}`),
    ...moved.map((text) => `out of order: ${text}`),
  ];
}

function takeOut(list: string[], text: string): boolean {
  const at = list.indexOf(text);
  if (at >= 0) list.splice(at, 1);
  return at >= 0;
}
