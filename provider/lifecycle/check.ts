import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { formatFragment } from "../dialects/fragment.ts";
import { lineKey } from "../dialects/line-key.ts";
import { stackName } from "../kinds/fields.ts";
import type { Facts, Kind } from "../kinds/kind.ts";
import type { Line, TableNames } from "../model/line.ts";
import { isOwner, shortName, stackOf } from "../model/owner.ts";
import { escaped } from "../model/printable.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { identityOf } from "../plan/identity.ts";
import { type Judging, judge } from "../plan/judge.ts";
import { leftovers } from "../plan/leftovers.ts";
import { type Live, liveOf } from "../plan/live.ts";
import type { Manifest } from "../plan/manifest.ts";
import { isElsewhere } from "../plan/same-router.ts";
import { isWaiting } from "../plan/waiting.ts";
import { RouterError } from "../ssh/errors.ts";
import { routerName } from "../ssh/settings.ts";
import { refuseSplit } from "../transact/refusals.ts";
import type { Router, Seen } from "../transact/router.ts";
import { foresee } from "./connections.ts";
import { driftLines } from "./drift-lines.ts";
import { failuresOf, fromZod, once } from "./failures.ts";
import { firstTime } from "./first-time.ts";
import { foundLines, namesOf, recordedEntry } from "./found.ts";
import {
  argumentsOf,
  configText,
  factsOf,
  heirOf,
  linesOf,
  listed,
  type Props,
  recordedOn,
  textOf,
  withoutNews,
  withoutOccasion,
} from "./inputs.ts";
import { drifted, places, reached, replacements, router } from "./process.ts";
import { report, said, say, warn, warnOf } from "./say.ts";
import { learnSiblings, unreached } from "./unreached.ts";

type Checked = pulumi.dynamic.CheckResult<Props>;

/**
 * Everything a preview knows: are the arguments right, do they fit this router, which lines do they mean, what will
 * they replace, and what has changed on the router behind our back.
 */
export async function check(kind: Kind, olds: Props, news: Props): Promise<Checked> {
  learnSiblings(news);
  const given = withoutNews(news);
  if (hasUnknowns(given)) return { inputs: withoutOccasion(given) };
  if (!isOwner(textOf(given, "owner"))) return { failures: failuresOf(given, [BAD_NAME]) };
  const twin = twinOf(textOf(given, "owner"), linesOf(given, "parents"));
  if (twin !== undefined) return { failures: failuresOf(given, [{ path: [], message: twin }]) };
  const from = stackName.optional().safeParse(given.takeOverFrom);
  if (!from.success)
    return {
      failures: failuresOf(
        given,
        from.error.issues.map((i) => ({ ...fromZod(i), path: ["takeOverFrom"] })),
      ),
    };
  const parsed = kind.schema.safeParse(argumentsOf(given));
  if (!parsed.success) return { failures: failuresOf(given, parsed.error.issues.map(fromZod)) };
  try {
    const on = router();
    const owner = textOf(given, "owner");
    const before = replacements.before(owner, olds);
    const checked = await on.gathering.answering(() => checkOn(on, kind, before, given, parsed.data));
    if (checked.inputs && textOf(olds, "owner") === "") replacements.isComing(owner, checked.inputs);
    return checked;
  } catch (error) {
    // A failure of the check is one line under the resource; a thrown error would be printed a second time.
    if (!(error instanceof RouterError)) throw error;
    await said();
    return { failures: [{ property: "", reason: once(error) }] };
  }
}

const BAD_NAME = {
  path: [],
  message:
    "the name of a resource stands in files on the router: names of the project, the stack and the resource must not hold newlines or other control characters",
};

/** Another resource of one kind and name, below another component: both would be one to the router's list of lines. */
function twinOf(owner: string, parents: readonly string[]): string | undefined {
  const here = parents.join(", ");
  const there = places.get(owner) ?? here;
  places.set(owner, there);
  if (here === there) return undefined;
  const say = (text: string) => (text === "" ? "in no component" : `in ${text}`);
  return `the program has two resources that are called ${shortName(owner)}, one ${say(there)}, one ${say(here)}. The router's list of lines tells resources apart by kind and name, so each would take the other's lines away: give one of them, or the MultiWan that it belongs to, another name`;
}

async function checkOn(
  router: Router,
  kind: Kind,
  olds: Props,
  given: Props,
  args: z.output<Kind["schema"]>,
): Promise<Checked> {
  const owner = textOf(given, "owner");
  const { settings } = router;
  const { takeOverFrom: _, ...kept } = withoutOccasion(given);
  const common = { ...kept, router: routerName(settings) };
  const heir = heirOf(olds, given);
  if (heir.former !== undefined) router.renamed.add(heir.former);
  const takeOverFrom = textOf(given, "takeOverFrom") || settings.takeOverFrom;
  if (takeOverFrom !== undefined) router.takeOvers.set(owner, takeOverFrom);
  const seen = settings.gone ? undefined : await look(router);
  if (!seen) {
    const facts = factsOf(olds);
    const config = configText(kind.desired(args, facts), kind.tableNames?.(args));
    const found = { ...listed("replaces", linesOf(olds, "replaces")), ...listed("adopts", linesOf(olds, "adopts")) };
    const routerId = textOf(olds, "routerId");
    return { inputs: { ...common, ...(routerId && { routerId }), config, ...found, ...shownFacts(facts) } };
  }

  const { snapshot } = seen;
  const live = liveOf(snapshot);
  const here = { routerId: identityOf(snapshot), router: routerName(settings) };
  const inState = recordedEntry(kind, olds, new Map([...snapshot.tableNames.names, ...namesOf(kind, given)]));
  const isMoved = inState !== undefined && isElsewhere(recordedOn(olds), here, inState.lines, live);
  const judging: Judging = {
    ...{ kind, ...heir, args, adopt: linesOf(given, "adopt"), applied: textOf(olds, "owner") !== "" },
    ...(takeOverFrom !== undefined && { takeOverFrom }),
    ...(inState && !isMoved && { recorded: inState.lines }),
    renamed: router.renamed,
  };
  const judged = judge(judging, seen, live, router.claims, router.leaving);
  const { manifest, facts, desired, names, adopt, issues } = judged;
  reached.add(owner);
  const elsewhere = isMoved && !manifest.has(owner);
  if (elsewhere) moved(owner, textOf(olds, "router"), here.router);
  // What was found on one router is not given back on another.
  const recorded = elsewhere ? undefined : inState;
  const changed = recorded ? driftLines({ ...judging, ...judged }, recorded.lines, snapshot, live) : [];
  // Lines that nobody knows to be ours would be somebody else's for every other resource, and no part of the boot file.
  const forgotten = recorded !== undefined && textOf(olds, "owner") === owner && !manifest.has(owner);
  const told = [
    ...(changed.length === 0 && forgotten
      ? [`missing: ${snapshot.capabilities.stateDir}/manifest: that these lines are managed`]
      : changed),
    ...(recorded ? leftBehind(router, owner, snapshot, live, names) : []),
  ];
  // Others may have written anything there, terminal escapes too.
  const drift = told.map(escaped);
  warnOf(judged, seen, router);
  report(owner, drift);
  if (issues.length > 0) {
    const others = unreached(owner, judging.applied, router, seen, live);
    await said();
    return { failures: eachOnce([...failuresOf(given, issues), ...others]) };
  }
  router.previewed.set(owner, {
    ...{ ...heir, desired, adopt, ...(kind.territory && { territory: kind.territory(args) }) },
    ...(takeOverFrom !== undefined && { takeOverFrom }),
    ...(recorded && { recorded, recordedOn: recordedOn(olds) }),
  });
  foresee(router, seen, linesOf(given, "together"));
  const put = desired.filter((line) => !isWaiting(line, live, snapshot));
  const inputs: Props = {
    ...common,
    ...(here.routerId !== "" && { routerId: here.routerId }),
    config: configText(desired, names),
    ...shownFacts(facts),
    ...foundLines(
      { owner, desired, adopt: adopt.filter((line) => isFirst(router, line, owner)), ...(recorded && { recorded }) },
      manifest,
      live,
      names,
    ),
    ...listed("takesOver", takeOverFrom === undefined ? [] : taken(seen.manifest, manifest, owner, takeOverFrom)),
    ...listed("drift", drift),
  };
  return { inputs: { ...inputs, ...firstTime(elsewhere ? {} : olds, inputs, put, live, names) } };
}

function eachOnce(failures: readonly pulumi.dynamic.CheckFailure[]): pulumi.dynamic.CheckFailure[] {
  return [...new Map(failures.map((failure) => [failure.reason, failure])).values()];
}

/** A line is offered to all that it may stand in the way of, and the first that is applied takes it. */
function isFirst({ adopters }: Router, line: Line, owner: string): boolean {
  const key = lineKey(line);
  if (!adopters.has(key)) adopters.set(key, owner);
  return adopters.get(key) === owner;
}

/** What a failed rollback left of others in this stack: the first resource that is asked has it cleared. */
function leftBehind(router: Router, owner: string, snapshot: Snapshot, live: Live, names: TableNames): string[] {
  const lines = [...leftovers(snapshot)]
    .filter(([other]) => other !== owner && stackOf(other) === stackOf(owner))
    .flatMap(([, entry]) => entry.lines)
    .filter((line) => live.has(line));
  if (lines.length === 0) return [];
  router.clearer ??= owner;
  if (router.clearer !== owner) return [];
  return lines.flatMap((line) => formatFragment([line], names).split("\n")).map((text) => `unexpected: ${text}`);
}

/** In a preview the output of a resource that does not exist yet is a sentinel, at any depth: judged in the update. */
function hasUnknowns(given: Props): boolean {
  return JSON.stringify(given).includes(pulumi.runtime.unknownValue);
}

/** undefined where the router may be out of reach and is. */
async function look(router: Router): Promise<Seen | undefined> {
  try {
    const seen = await router.first();
    refuseSplit(seen, routerName(router.settings));
    return seen;
  } catch (error) {
    if (!router.settings.offline) throw error;
    say("warn", `${(error as Error).message} It is declared offline: what it holds is not compared`);
    return undefined;
  }
}

/** The state is of another machine than the one that answers now. */
function moved(owner: string, from: string, to: string): void {
  drifted.add(owner);
  const where = from === to ? "which has this address now" : "which is another one";
  warn(
    `${to}: the last run was on another machine${from === to ? "" : `, ${from}`}. Everything is put on this one, ${where}; what was found there is not given back here. The other one keeps its lines, its list of them and its boot file: to clear it, set host back to it and run pulumi destroy, before this up or after it. If it no longer exists there is nothing to do`,
  );
}

/** What a preview says of another stack's lines that become this resource's. */
function taken(before: Manifest, after: Manifest, owner: string, stack: string): string[] {
  const count = (manifest: Manifest, other: string) => manifest.get(other)?.lines.length ?? 0;
  const from = [...before.keys()].filter((other) => stackOf(other) === stack && stack !== stackOf(owner));
  return from
    .map((other) => ({ other, lines: count(before, other) - count(after, other) }))
    .filter(({ lines }) => lines > 0)
    .map(({ other, lines }) => `${lines} ${lines === 1 ? "line" : "lines"} of ${stack} ${shortName(other)}`);
}

function shownFacts(facts: Facts): { facts?: Facts } {
  return Object.keys(facts).length > 0 ? { facts } : {};
}
