/** Whether a change that failed has left anything: what the router shows decides, not what a script said of itself. Pure. */
import { formatLine } from "../kernel/fragment.ts";
import { lineKey } from "../kernel/line-key.ts";
import type { Snapshot } from "../kernel/snapshot.ts";
import { liveOf } from "./live.ts";
import type { Plan } from "./plan.ts";

/**
 * The lines that the change touched and that are not as they were: `missing: ...`, `still there: ...`.
 * @param failed number of the step that failed, from 1: what made it fail belongs to others
 */
export function notReturned(plan: Plan, before: Snapshot, after: Snapshot, failed?: number): readonly string[] {
  const [was, is] = [liveOf(before), liveOf(after)];
  const touched = plan.steps.flatMap(({ touches = [], files }, i) => (i + 1 === failed && !files ? [] : touches));
  const texts = [...new Map(touched.map((line) => [lineKey(line), line])).values()].flatMap((line) => {
    if (was.has(line) === is.has(line)) return [];
    const [first = ""] = formatLine(line, after.tableNames.names);
    return [`${was.has(line) ? "missing" : "still there"}: ${first}`];
  });
  const listed = before.manifest === after.manifest;
  return listed ? texts : [...texts, `${after.capabilities.stateDir}/manifest is not what it was`];
}
