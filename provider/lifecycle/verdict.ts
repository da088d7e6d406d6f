/** What a check decides of one resource when the router has been read. Nothing is asked here, and nothing said. */
import type { z } from "zod";
import { formatFragment } from "../dialects/fragment.ts";
import { lineKey } from "../dialects/line-key.ts";
import { type Facts, noFacts } from "../kinds/facts.ts";
import type { Issue, Kind } from "../kinds/kind.ts";
import type { Line, TableNames } from "../model/line.ts";
import { shortName, stackOf } from "../model/owner.ts";
import { escaped } from "../model/printable.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { identityOf } from "../plan/identity.ts";
import { type Judged, type Judging, judge } from "../plan/judge.ts";
import { leftovers } from "../plan/leftovers.ts";
import { type Live, liveOf } from "../plan/live.ts";
import type { Entry, Manifest } from "../plan/manifest.ts";
import { isElsewhere, type RecordedOn } from "../plan/same-router.ts";
import type { Request } from "../plan/settlement.ts";
import { isWaiting } from "../plan/waiting.ts";
import { routerName } from "../ssh/settings.ts";
import type { Seen } from "../transact/router.ts";
import { driftLines } from "./drift-lines.ts";
import { firstTime } from "./first-time.ts";
import { foundLines, namesOf, recordedEntry } from "./found.ts";
import {
  configText,
  factsOf,
  heirOf,
  linesOf,
  listed,
  type Props,
  recordedOn,
  textOf,
  withoutOccasion,
} from "./inputs.ts";
import type { RunRouter } from "./run.ts";

/** One resource that is checked: its state, its inputs and its arguments. */
export interface Checking {
  readonly kind: Kind;
  readonly olds: Props;
  readonly given: Props;
  readonly args: z.output<Kind["schema"]>;
  readonly takeOverFrom: string | undefined;
}

/** What checks of this run have found before; a verdict adds its own. */
export type Memory = Pick<RunRouter, "settings" | "claims" | "leaving" | "adopters" | "renamed" | "clearer">;

export interface Verdict {
  readonly judging: Judging;
  readonly judged: Judged;
  /** Why the inputs are refused. */
  readonly issues: readonly Issue[];
  /** Where the router differs from what the last run left, printable. */
  readonly drift: readonly string[];
  /** The lines of the last run, where they are on this router. */
  readonly recorded: Entry | undefined;
  /** The machine that the state is of, where it is another one. */
  readonly movedFrom: string | undefined;
  readonly here: RecordedOn;
}

export function verdictOf({ kind, olds, given, args, takeOverFrom }: Checking, seen: Seen, memory: Memory): Verdict {
  const { snapshot } = seen;
  const live = liveOf(snapshot);
  const heir = heirOf(olds, given);
  const { owner } = heir;
  const here = { routerId: identityOf(snapshot), router: routerName(memory.settings) };
  const inState = recordedEntry(kind, olds, new Map([...snapshot.tableNames.names, ...namesOf(kind, given)]));
  const isMoved = inState !== undefined && isElsewhere(recordedOn(olds), here, inState.lines, live);
  const judging: Judging = {
    ...{ kind, ...heir, args, adopt: linesOf(given, "replace"), applied: textOf(olds, "owner") !== "" },
    ...(takeOverFrom !== undefined && { takeOverFrom }),
    ...(inState && !isMoved && { recorded: inState.lines }),
    renamed: memory.renamed,
  };
  const judged = judge(judging, seen, live, memory.claims, memory.leaving);
  const elsewhere = isMoved && !judged.manifest.has(owner);
  // What was found on one router is not given back on another.
  const recorded = elsewhere ? undefined : inState;
  const changed = recorded ? driftLines({ ...judging, ...judged }, recorded.lines, snapshot, live) : [];
  // Lines that no manifest lists would be foreign to every other resource, and no part of the boot file.
  const forgotten = recorded !== undefined && textOf(olds, "owner") === owner && !judged.manifest.has(owner);
  const told = [
    ...(changed.length === 0 && forgotten
      ? [`missing: ${snapshot.capabilities.stateDir}/manifest: that these lines are managed`]
      : changed),
    ...(recorded ? leftBehind(memory, owner, snapshot, live, judged.names) : []),
  ];
  return {
    ...{ judging, judged, issues: judged.issues, recorded, here },
    // A router's lines hold what others wrote, terminal escapes too.
    drift: told.map(escaped),
    movedFrom: elsewhere ? textOf(olds, "router") : undefined,
  };
}

/** What the resource will ask for. */
export function requestOf({ kind, olds, given, args, takeOverFrom }: Checking, verdict: Verdict): Request {
  const { judged, recorded } = verdict;
  return {
    ...heirOf(olds, given),
    ...{ desired: judged.desired, adopt: judged.adopt, ...(kind.territory && { territory: kind.territory(args) }) },
    ...(takeOverFrom !== undefined && { takeOverFrom }),
    ...(recorded && { recorded, recordedOn: recordedOn(olds) }),
  };
}

/** The inputs as the preview shows them, beside those that were given. */
export function checkedInputs(
  { olds, given, takeOverFrom }: Checking,
  { judged, recorded, drift, movedFrom, here }: Verdict,
  { snapshot, manifest: before }: Seen,
  memory: Memory,
): Props {
  const { manifest, facts, desired, names, adopt } = judged;
  const owner = textOf(given, "owner");
  const live = liveOf(snapshot);
  const inputs: Props = {
    router: here.router,
    ...(here.routerId !== "" && { routerId: here.routerId }),
    config: configText(desired, names),
    ...shownFacts(facts),
    ...foundLines(
      { owner, desired, adopt: adopt.filter((line) => isFirst(memory, line, owner)), ...(recorded && { recorded }) },
      manifest,
      live,
      names,
    ),
    ...listed("takesOver", takeOverFrom === undefined ? [] : taken(before, manifest, owner, takeOverFrom)),
    ...listed("drift", drift),
  };
  const put = desired.filter((line) => !isWaiting(line, live, snapshot));
  const known = { ...withoutAdded(given), ...inputs };
  return { ...known, ...firstTime(movedFrom === undefined ? olds : {}, known, put, live, names) };
}

/** The inputs for a router that is not read: what the arguments mean, and what the last run found. */
export function unreadInputs({ kind, olds, given, args }: Checking, router: string): Props {
  const routerId = textOf(olds, "routerId");
  return {
    ...withoutAdded(given),
    router,
    ...(routerId && { routerId }),
    config: configText(kind.desired(args, factsOf(kind, olds)), kind.tableNames?.(args)),
    ...listed("replaces", linesOf(olds, "replaces")),
    ...listed("adopts", linesOf(olds, "adopts")),
    // As they were recorded, by whatever version.
    ...shownFacts((olds.facts as Facts | undefined) ?? noFacts),
  };
}

/** What is given and stays in the state: no occasion of this run, and no stack that lines may be taken from. */
function withoutAdded(given: Props): Props {
  const { takeOverFrom: _, ...rest } = withoutOccasion(given);
  return rest;
}

/** A line is offered to all that it may stand in the way of, and the first that is applied takes it. */
function isFirst({ adopters }: Memory, line: Line, owner: string): boolean {
  const key = lineKey(line);
  if (!adopters.has(key)) adopters.set(key, owner);
  return adopters.get(key) === owner;
}

/** What a failed rollback left of others in this stack: the first resource that is asked has it cleared. */
function leftBehind(memory: Memory, owner: string, snapshot: Snapshot, live: Live, names: TableNames): string[] {
  const lines = [...leftovers(snapshot)]
    .filter(([other]) => other !== owner && stackOf(other) === stackOf(owner))
    .flatMap(([, entry]) => entry.lines)
    .filter((line) => live.has(line));
  if (lines.length === 0) return [];
  memory.clearer ??= owner;
  if (memory.clearer !== owner) return [];
  return lines.flatMap((line) => formatFragment([line], names).split("\n")).map((text) => `unexpected: ${text}`);
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
