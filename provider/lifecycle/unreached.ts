/**
 * The engine ends a preview at the first resource that is refused. What it would have said of the others comes with that one: whoever
 * is to mend the router or the site needs all of it at once.
 */
import type * as pulumi from "@pulumi/pulumi";
import { type KindName, kindOf } from "../kinds/index.ts";
import { stackOf } from "../model/owner.ts";
import { escaped } from "../model/printable.ts";
import { driftOf } from "../plan/drift.ts";
import { type Judging, judge } from "../plan/judge.ts";
import type { Live } from "../plan/live.ts";
import { isWaiting } from "../plan/waiting.ts";
import type { Seen } from "../transact/router.ts";
import { driftLines } from "./drift-lines.ts";
import { failuresOf } from "./failures.ts";
import { argumentsOf, linesOf, type Props, textOf, withCurrentKeys } from "./inputs.ts";
import type { Run } from "./run.ts";
import { report, warnOf } from "./say.ts";

/** What a component says of its other resources: their kinds and inputs, as JSON. */
export function learnSiblings({ siblings }: Run, { siblings: text }: Props): void {
  if (typeof text !== "string") return;
  for (const [kind, props] of JSON.parse(text) as [KindName, Props][])
    siblings.set(textOf(props, "owner"), { kind, props });
}

/**
 * Says the warnings and the drift of the resources that were not checked yet, and returns what refuses them.
 * @param owner the resource that is refused
 * @param applied has it been applied before? Then the others have, too
 */
export function unreached(
  run: Run,
  owner: string,
  applied: boolean,
  seen: Seen,
  live: Live,
): pulumi.dynamic.CheckFailure[] {
  const { snapshot, manifest } = seen;
  const { reached, siblings } = run;
  const router = run.router();
  // Whose lines they were is in their states, which are not here: of a stack that was renamed only the drift is said.
  const known = router.renamed.size === 0 ? [...siblings].filter(([other]) => !reached.has(other)) : [];
  const failures = known.flatMap(([other, { kind: type, props }]) => {
    reached.add(other);
    const kind = kindOf(type);
    const args = kind.schema.safeParse(argumentsOf(props));
    if (!args.success) return [];
    const takeOverFrom = textOf(props, "takeOverFrom") || router.settings.takeOverFrom;
    const judging: Judging = {
      ...{
        kind,
        owner: other,
        args: args.data,
        adopt: linesOf(withCurrentKeys(props), "replace"),
        renamed: router.renamed,
      },
      ...(takeOverFrom !== undefined && { takeOverFrom }),
      applied: applied || manifest.has(other),
    };
    const judged = judge(judging, seen, live, router.claims, router.leaving);
    warnOf(run, judged, seen);
    const recorded = judged.manifest.get(other)?.lines;
    if (recorded) report(run, other, driftLines({ ...judging, ...judged }, recorded, snapshot, live).map(escaped));
    return failuresOf(props, judged.issues);
  });
  for (const [other, { lines }] of manifest) {
    if (reached.has(other) || stackOf(other) !== stackOf(owner)) continue;
    reached.add(other);
    const there = lines.filter((line) => !isWaiting(line, live, snapshot));
    const drift = driftOf(live, there, lines, () => false, snapshot.tableNames.names);
    report(run, other, drift.map(escaped));
  }
  return failures;
}
