/**
 * Who owns what after a change: from the manifest, the live router and what each resource asks for, the next manifest
 * and the lines to put and to drop. Pure, and the only place where ownership is decided.
 */

import { lineKey, lineSlot } from "../dialects/line-key.ts";
import type { Fragment, Line } from "../model/line.ts";
import { adopted, adoptees, foundInPlace, isManaged, withoutPlace } from "./found-before.ts";
import type { WhyLost } from "./given-back.ts";
import type { Live } from "./live.ts";
import { type Entry, inSlot, type Manifest } from "./manifest.ts";
import type { RecordedOn } from "./same-router.ts";
import { stillUsedBy } from "./still-used.ts";
import { type Heir, takeOver } from "./take-over.ts";

export interface Request extends Heir {
  /** What the Pulumi state recorded, for a router whose manifest is gone (it is as volatile as the lines). */
  readonly recorded?: Entry;
  /** Where that was: it is no memory of another router. */
  readonly recordedOn?: RecordedOn;
  /** Foreign lines that the user wants to go when ours come: remembered, and given back when the resource goes. */
  readonly adopt?: Fragment;
  /** Lines that belong to the resource whoever wrote them. */
  readonly territory?: (line: Line) => boolean;
}

export interface Owned {
  readonly owner: string;
  readonly line: Line;
  /** What was there before us and comes back now: part of a removal, and as late. */
  readonly givenBack?: true;
  /** A route that comes behind those of its place, which stay. */
  readonly behind?: true;
  /** A foreign line that makes room. */
  readonly adopted?: true;
}

/** What was there before and cannot come back, and why. */
export type Lost = Owned & { readonly why: string };

export interface Settlement {
  readonly manifest: Manifest;
  readonly put: readonly Owned[];
  readonly drop: readonly Owned[];
  readonly lost: readonly Lost[];
}

/** Lines that other resources of this program have declared in their checks: never dropped, whoever lets them go. */
export type Claims = ReadonlyMap<string, Fragment>;

export function settle(
  known: Manifest,
  live: Live,
  asked: readonly Request[],
  claims: Claims,
  whyLost: WhyLost = () => undefined,
): Settlement {
  const requests = eachOnce(asked);
  const manifest = takeOver(known, requests, (owner) => claims.has(owner));
  const entryBefore = (request: Request) => manifest.get(request.owner) ?? request.recorded ?? NOTHING;
  const next = new Map(manifest);
  for (const request of requests) {
    if (request.desired === undefined) next.delete(request.owner);
    else
      next.set(request.owner, {
        lines: request.desired,
        found: [
          ...request.desired.flatMap((line) => foundInPlace(line, request, manifest, live)),
          ...adopted(request, entryBefore(request), manifest, live),
        ],
      });
  }
  const asking = new Set(requests.map((r) => r.owner));
  const heirs = new Map(
    [...claims].flatMap(([owner, l]) => (asking.has(owner) ? [] : l.map((c) => [lineSlot(c), owner]))),
  );
  const owned = new Set([...next.values()].flatMap((entry) => entry.lines.map(lineSlot)));
  const isHeld = (line: Line) => owned.has(lineSlot(line)) || heirs.has(lineSlot(line));
  const remembered = new Set([...next.values()].flatMap((entry) => entry.found.map(lineKey)));

  const put: Owned[] = [];
  const drop: Owned[] = [];
  const lost: Lost[] = [];
  const giveBack = (owner: string, found: readonly Line[]): Owned[] =>
    found
      .filter((line) => !live.has(line))
      .flatMap((line): Owned[] => {
        const why = whyLost(line);
        if (why === undefined) return [{ owner, line, givenBack: true }];
        lost.push({ owner, line, why });
        return [];
      });
  for (const request of requests) {
    const { owner, desired = [] } = request;
    const before = entryBefore(request);
    const own = (line: Line): Owned => ({ owner, line });
    put.push(...desired.filter((line) => !live.has(line)).map(own));

    for (const line of before.lines.filter((line) => !owned.has(lineSlot(line)))) {
      const found = inSlot(before.found, line);
      const there = live.inSlot(line);
      const heir = heirs.get(lineSlot(line));
      const users = request.desired ? stillUsedBy(line, request, request.desired, next, claims) : [];
      // What packets are still led to stays until the last line that leads there has moved.
      const takers = heir !== undefined ? [heir] : users;
      for (const taker of takers) inherit(next, taker, line, found);
      if (takers.length > 0) continue;
      if (line.kind === "route") {
        const back = routesBack(line, there, found, own, giveBack);
        put.push(...back.put);
        drop.push(...back.drop);
        continue;
      }
      // Somebody has put something else there meanwhile: that stays.
      if (!there.every((l) => isManaged(l, line))) continue;
      const back = giveBack(owner, found);
      put.push(...back);
      const isThere = found.some((f) => live.has(f));
      // A kernel setting always has a value: without one to give back this one stays.
      if (back.length === 0 && !isThere && line.kind !== "sysctl") drop.push(...there.map(own));
    }
    const leaving = adoptees(request.adopt ?? [], desired, manifest, live);
    // The last one first: on the way back they come in their order.
    drop.push(
      ...leaving
        .toReversed()
        .filter((line) => !isHeld(line))
        .map((line): Owned => ({ owner, line, adopted: true })),
    );
    if (request.desired === undefined)
      put.push(
        ...giveBack(
          owner,
          withoutPlace(before)
            .filter((line) => !isHeld(line) && live.inSlot(line).length === 0)
            // Another stack has taken the lines over, and remembers it.
            .filter((line) => manifest.has(owner) || !remembered.has(lineKey(line))),
        ),
      );
    const kept = new Set([...desired, ...before.found].map(lineKey));
    const stray = request.territory ? live.lines.filter((l) => request.territory!(l) && !kept.has(lineKey(l))) : [];
    drop.push(...stray.filter((line) => !isHeld(line)).map(own));
  }
  return { manifest: next, put: unique(put), drop: unique(drop), lost };
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
function routesBack(
  line: Line,
  there: readonly Line[],
  found: readonly Line[],
  own: (line: Line) => Owned,
  giveBack: (owner: string, found: readonly Line[]) => readonly Owned[],
): { readonly put: readonly Owned[]; readonly drop: readonly Owned[] } {
  const ours = there.filter((l) => isManaged(l, line));
  if (there.length > 0 && ours.length === 0) return { put: [], drop: [] };
  const back = giveBack(own(line).owner, found);
  const first = there.length === 0 || there[0] === ours[0];
  const put = back.map((one, at): Owned => ({ ...one, ...(first && at === 0 ? {} : { behind: true }) }));
  // An equal one that was found stays; one at the head of its place is replaced.
  const stays = (first && back.length > 0) || found.some((f) => lineKey(f) === lineKey(line));
  return { put, drop: stays ? [] : ours.map(own) };
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
