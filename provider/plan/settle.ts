/**
 * Who owns what after a change: from the manifest, the live router and what each resource asks for, the next manifest
 * and the lines to put and to drop. Pure, and the only place where ownership is decided.
 */

import { lineKey, lineSlot } from "../dialects/line-key.ts";
import type { Line } from "../model/line.ts";
import { adopted, adoptees, foundInPlace, isManaged, withoutPlace } from "./found-before.ts";
import type { WhyLost } from "./given-back.ts";
import type { Live } from "./live.ts";
import { type Entry, inSlot, type Manifest } from "./manifest.ts";
import type { Claims, Lost, Owned, Request, Settlement } from "./settlement.ts";
import { stillUsedBy } from "./still-used.ts";
import { takeOver } from "./take-over.ts";

export function settle(
  known: Manifest,
  live: Live,
  asked: readonly Request[],
  claims: Claims,
  whyLost: WhyLost = () => undefined,
): Settlement {
  const requests = eachOnce(asked);
  const manifest = takeOver(known, requests, (owner) => claims.has(owner));
  const next = entriesAfter(requests, manifest, live);
  const asking = new Set(requests.map((r) => r.owner));
  const heirs = new Map(
    [...claims].flatMap(([owner, l]) => (asking.has(owner) ? [] : l.map((c) => [lineSlot(c), owner]))),
  );
  const owned = new Set([...next.values()].flatMap((entry) => entry.lines.map(lineSlot)));
  const remembered = new Set([...next.values()].flatMap((entry) => entry.found.map(lineKey)));
  const matter: Matter = { live, claims, whyLost, manifest, next, heirs, owned, remembered };
  const changes = requests.map((request) => changeOf(request, matter));
  return {
    manifest: next,
    put: unique(changes.flatMap(({ put = [] }) => put)),
    drop: unique(changes.flatMap(({ drop = [] }) => drop)),
    lost: changes.flatMap(({ lost = [] }) => lost),
  };
}

/** What decides about each line. */
interface Matter {
  readonly live: Live;
  readonly claims: Claims;
  readonly whyLost: WhyLost;
  /** Who has what before the change. */
  readonly manifest: Manifest;
  /** Who has what after it; grows by what is inherited. */
  readonly next: Map<string, Entry>;
  /** By slot, who has declared the line and is not asking now. */
  readonly heirs: ReadonlyMap<string, string>;
  /** Slots of the lines that somebody has after the change. */
  readonly owned: ReadonlySet<string>;
  /** Keys of what is remembered after the change. */
  readonly remembered: ReadonlySet<string>;
}

type Change = Partial<Pick<Settlement, "put" | "drop" | "lost">>;

function entriesAfter(requests: readonly Request[], manifest: Manifest, live: Live): Map<string, Entry> {
  const next = new Map(manifest);
  for (const request of requests) {
    const { owner, desired } = request;
    if (desired === undefined) next.delete(owner);
    else
      next.set(owner, {
        lines: desired,
        found: [
          ...desired.flatMap((line) => foundInPlace(line, request, manifest, live)),
          ...adopted(request, entryBefore(request, manifest), manifest, live),
        ],
      });
  }
  return next;
}

function entryBefore({ owner, recorded }: Request, manifest: Manifest): Entry {
  return manifest.get(owner) ?? recorded ?? NOTHING;
}

function changeOf(request: Request, matter: Matter): Change {
  const { owner, desired = [] } = request;
  const { live, manifest, owned } = matter;
  const before = entryBefore(request, manifest);
  const own = (line: Line): Owned => ({ owner, line });
  const isFree = (line: Line) => !owned.has(lineSlot(line)) && !matter.heirs.has(lineSlot(line));
  const letGo = before.lines.filter((line) => !owned.has(lineSlot(line))).map((line) => leave(line, request, matter));
  const leaving = adoptees(request.adopt ?? [], desired, manifest, live).filter(isFree);
  const back: Change =
    request.desired === undefined ? giveBack(owner, withoutLine(request, matter).filter(isFree), matter) : {};
  const kept = new Set([...desired, ...before.found].map(lineKey));
  const stray = request.territory ? live.lines.filter((l) => request.territory!(l) && !kept.has(lineKey(l))) : [];
  return {
    put: [
      ...desired.filter((line) => !live.has(line)).map(own),
      ...letGo.flatMap(({ put = [] }) => put),
      ...(back.put ?? []),
    ],
    drop: [
      ...letGo.flatMap(({ drop = [] }) => drop),
      // The last one first: on the way back they come in their order.
      ...leaving.toReversed().map((line): Owned => ({ owner, line, adopted: true })),
      ...stray.filter(isFree).map(own),
    ],
    lost: [...letGo.flatMap(({ lost = [] }) => lost), ...(back.lost ?? [])],
  };
}

/** A line that its resource has no longer: somebody else's now, or gone, with what was there before in its place. */
function leave(line: Line, request: Request, matter: Matter): Change {
  const { live, next, manifest } = matter;
  const found = inSlot(entryBefore(request, manifest).found, line);
  // What packets are still led to stays until the last line that leads there has moved.
  const takers = takersOf(line, request, matter);
  for (const taker of takers) inherit(next, taker, line, found);
  if (takers.length > 0) return {};
  if (line.kind === "route") return routesBack(line, found, request.owner, matter);
  const there = live.inSlot(line);
  // Somebody has put something else there meanwhile: that stays.
  if (!there.every((l) => isManaged(l, line))) return {};
  const back = giveBack(request.owner, found, matter);
  // A kernel setting always has a value: without one to give back this one stays.
  const stays = back.put.length > 0 || found.some((f) => live.has(f)) || line.kind === "sysctl";
  return { ...back, drop: stays ? [] : there.map((l): Owned => ({ owner: request.owner, line: l })) };
}

function takersOf(line: Line, request: Request, { heirs, next, claims }: Matter): readonly string[] {
  const heir = heirs.get(lineSlot(line));
  if (heir !== undefined) return [heir];
  return request.desired ? stillUsedBy(line, request, request.desired, next, claims) : [];
}

function giveBack(owner: string, found: readonly Line[], { live, whyLost }: Matter) {
  const missing = found.filter((line) => !live.has(line)).map((line) => ({ owner, line, why: whyLost(line) }));
  return {
    put: missing.flatMap(({ line, why }): Owned[] => (why === undefined ? [{ owner, line, givenBack: true }] : [])),
    lost: missing.flatMap(({ line, why }): Lost[] => (why === undefined ? [] : [{ owner, line, why }])),
  };
}

/** What a resource that goes remembers of no line's place, and nobody else has taken over. */
function withoutLine(request: Request, { live, manifest, remembered }: Matter): readonly Line[] {
  return (
    withoutPlace(entryBefore(request, manifest))
      .filter((line) => live.inSlot(line).length === 0)
      // Another stack has taken the lines over, and remembers it.
      .filter((line) => manifest.has(request.owner) || !remembered.has(lineKey(line)))
  );
}

/** A line that several of them would adopt is the first one's. */
function eachOnce(requests: readonly Request[]): readonly Request[] {
  const taken = new Set<string>();
  return requests.map((request) => {
    if (request.adopt === undefined) return request;
    const adopt = request.adopt.filter((line) => !taken.has(lineKey(line)));
    for (const line of adopt) taken.add(lineKey(line));
    return { ...request, adopt };
  });
}

/**
 * A route may share its place with others, and the kernel uses the first of them. What was found comes back where the managed
 * one stands, or behind whatever has come in front of it meanwhile; nothing comes back where the managed one is gone and
 * another has its place.
 */
function routesBack(line: Line, found: readonly Line[], owner: string, matter: Matter): Change {
  const there = matter.live.inSlot(line);
  const ours = there.filter((l) => isManaged(l, line));
  if (there.length > 0 && ours.length === 0) return {};
  const back = giveBack(owner, found, matter);
  const first = there.length === 0 || there[0] === ours[0];
  const put = back.put.map((one, at): Owned => ({ ...one, ...(first && at === 0 ? {} : { behind: true }) }));
  // An equal one that was found stays; one at the head of its place is replaced.
  const stays = (first && back.put.length > 0) || found.some((f) => lineKey(f) === lineKey(line));
  return { put, drop: stays ? [] : ours.map((l): Owned => ({ owner, line: l })), lost: back.lost };
}

const NOTHING: Entry = { lines: [], found: [] };

/**
 * A resource that has declared the line, but not yet applied it, takes it over with the memory of what was there before:
 * otherwise it would find its own line on the router, take it for somebody else's, and leave it behind.
 */
function inherit(next: Map<string, Entry>, heir: string, line: Line, found: readonly Line[]): void {
  const { lines, found: known } = next.get(heir) ?? NOTHING;
  if (inSlot(lines, line).length === 0) next.set(heir, { lines: [...lines, line], found: [...known, ...found] });
}

/** Each line once, whoever asks. What is wanted counts before what is given back. */
function unique(owned: readonly Owned[]): Owned[] {
  const last = owned.toSorted((a, b) => Number(b.givenBack ?? false) - Number(a.givenBack ?? false));
  const rows = new Map<string, number>();
  // Equal rules of one chain are two lines.
  const row = ({ owner, line }: Owned) => {
    if (line.kind !== "hook") return 0;
    const key = `${owner} ${lineKey(line)}`;
    const next = (rows.get(key) ?? 0) + 1;
    rows.set(key, next);
    return next;
  };
  return [...new Map(last.map((o) => [`${row(o)} ${lineKey(o.line)}`, o])).values()];
}
