/** Whether a change that failed has left anything: what the router shows decides, not what a script said of itself. Pure. */
import { formatLine } from "../dialects/fragment.ts";
import { lineKey } from "../dialects/line-key.ts";
import type { Line } from "../model/line.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { liveOf } from "./live.ts";
import { type Entry, inSlot, type Manifest } from "./manifest.ts";
import type { Plan } from "./plan.ts";

/**
 * The lines that the change touched and that are not as they were: `missing: ...`, `still there: ...`.
 * @param failed number of the step that failed, from 1: what made it fail belongs to others
 */
export function notReturned(plan: Plan, before: Snapshot, after: Snapshot, failed?: number): readonly string[] {
  const [was, is] = [liveOf(before), liveOf(after)];
  const touched = touchedBy(plan, failed);
  const texts = [...new Map(touched.map((line) => [lineKey(line), line])).values()].flatMap((line) => {
    if (was.has(line) === is.has(line)) return [];
    const [first = ""] = formatLine(line, after.tableNames.names);
    return [`${was.has(line) ? "missing" : "still there"}: ${first}`];
  });
  const listed = before.manifest === after.manifest;
  return listed ? texts : [...texts, `${after.capabilities.stateDir}/manifest is not what it was`];
}

/** What a change was to bring and its rollback has not removed, as the next manifest would have listed it. */
export function remains(plan: Plan, before: Snapshot, after: Snapshot, failed?: number): Manifest {
  const [was, is] = [liveOf(before), liveOf(after)];
  const keys = new Set(touchedBy(plan, failed).map(lineKey));
  const entries = [...plan.manifest].map(([owner, { lines, found }]): [string, Entry] => {
    const there = lines.filter((line) => keys.has(lineKey(line)) && is.has(line) && !was.has(line));
    return [owner, { lines: there, found: there.flatMap((line) => inSlot(found, line)) }];
  });
  return new Map(entries.filter(([, { lines }]) => lines.length > 0));
}

function touchedBy({ steps }: Plan, failed: number | undefined): readonly Line[] {
  return steps.flatMap(({ touches = [], files }, i) => (i + 1 === failed && !files ? [] : touches));
}
