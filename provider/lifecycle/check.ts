import type * as pulumi from "@pulumi/pulumi";
import type { Kind } from "../kinds/kind.ts";
import { liveOf } from "../plan/live.ts";
import { RouterError } from "../ssh/errors.ts";
import { routerName } from "../ssh/settings.ts";
import { refuseSplit } from "../transact/refusals.ts";
import type { Seen } from "../transact/router.ts";
import { foresee } from "./connections.ts";
import { failuresOf, once } from "./failures.ts";
import { heirOf, linesOf, type Props, textOf, withoutNews, withoutOccasion } from "./inputs.ts";
import { hasUnknowns, readArguments, twinOf } from "./refused.ts";
import type { Run } from "./run.ts";
import { report, warn, warnOf } from "./say.ts";
import { learnSiblings, unreached } from "./unreached.ts";
import { type Checking, checkedInputs, requestOf, unreadInputs, verdictOf } from "./verdict.ts";

type Checked = pulumi.dynamic.CheckResult<Props>;

/**
 * Everything a preview knows: are the arguments right, do they fit this router, which lines do they mean, what will
 * they replace, and what has changed on the router since the last run.
 */
export async function check(run: Run, kind: Kind, olds: Props, news: Props): Promise<Checked> {
  learnSiblings(run, news);
  const given = withoutNews(news);
  if (hasUnknowns(given)) return { inputs: withoutOccasion(given) };
  const owner = textOf(given, "owner");
  const read = readArguments(kind, given);
  const twin = twinOf(owner, linesOf(given, "parents"), run.places);
  if (twin !== undefined) return { failures: failuresOf(given, [twin]) };
  if ("issues" in read) return { failures: failuresOf(given, read.issues) };
  try {
    const on = run.router();
    const before = run.replacements.before(owner, olds);
    const takeOverFrom = textOf(given, "takeOverFrom") || on.settings.takeOverFrom;
    const checking: Checking = { kind, olds: before, given, args: read.args, takeOverFrom };
    const checked = await on.gathering.answering(() => checkOn(run, checking));
    if (checked.inputs && textOf(olds, "owner") === "") run.replacements.isComing(owner, checked.inputs);
    return checked;
  } catch (error) {
    // A failure of the check is one line under the resource; a thrown error would be printed a second time.
    if (!(error instanceof RouterError)) throw error;
    await run.said();
    return { failures: [{ property: "", reason: once(error) }] };
  }
}

/** What is decided stands in verdict.ts; here it is asked for, remembered and said. */
async function checkOn(run: Run, checking: Checking): Promise<Checked> {
  const { olds, given, takeOverFrom } = checking;
  const router = run.router();
  const { owner, former } = heirOf(olds, given);
  if (former !== undefined) router.renamed.add(former);
  if (takeOverFrom !== undefined) router.takeOvers.set(owner, takeOverFrom);
  const seen = router.settings.gone ? undefined : await look(run);
  if (!seen) return { inputs: unreadInputs(checking, routerName(router.settings)) };
  const verdict = verdictOf(checking, seen, router);
  run.reached.add(owner);
  if (verdict.movedFrom !== undefined) {
    run.drifted.add(owner);
    warn(run, sayMoved(verdict.movedFrom, verdict.here.router));
  }
  warnOf(run, verdict.judged, seen);
  report(run, owner, verdict.drift);
  if (verdict.issues.length > 0) {
    const others = unreached(run, owner, verdict.judging.applied, seen, liveOf(seen.snapshot));
    await run.said();
    return { failures: eachOnce([...failuresOf(given, verdict.issues), ...others]) };
  }
  router.previewed.set(owner, requestOf(checking, verdict));
  foresee(run, seen, linesOf(given, "together"));
  return { inputs: checkedInputs(checking, verdict, seen, router) };
}

function eachOnce(failures: readonly pulumi.dynamic.CheckFailure[]): pulumi.dynamic.CheckFailure[] {
  return [...new Map(failures.map((failure) => [failure.reason, failure])).values()];
}

/** undefined where the router may be out of reach and is. */
async function look(run: Run): Promise<Seen | undefined> {
  const router = run.router();
  try {
    const seen = await router.first();
    refuseSplit(seen, routerName(router.settings));
    return seen;
  } catch (error) {
    if (!router.settings.offline) throw error;
    run.say("warn", `${(error as Error).message} It is declared offline: what it holds is not compared`);
    return undefined;
  }
}

/** The state is of another machine than the one that replies now. */
function sayMoved(from: string, to: string): string {
  const where = from === to ? "which has this address now" : "which is another one";
  return `${to}: the last run was on another machine${from === to ? "" : `, ${from}`}. Everything is put on this one, ${where}; what was found there is not given back here. The other one keeps its lines, its list of them and its boot file: to clear it, set host back to it and run pulumi destroy, before this up or after it. If it no longer exists there is nothing to do`;
}
