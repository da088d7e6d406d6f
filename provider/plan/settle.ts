/**
 * Who owns what after a change: from the manifest, the live router and what each resource asks for, the next manifest
 * and the lines to put and to drop. Pure, and the only place where ownership is decided.
 */

import type { Fragment, Line } from "../kernel/line.ts";
import { lineKey, lineSlot } from "../kernel/line-key.ts";
import type { Live } from "./live.ts";
import { type Entry, inSlot, type Manifest } from "./manifest.ts";

export interface Request {
  readonly owner: string;
  /** undefined: the resource is deleted. */
  readonly desired: Fragment | undefined;
  /** What the Pulumi state recorded, for a router whose manifest is gone (it is as volatile as the lines). */
  readonly recorded?: Entry;
  /** Lines that belong to the resource whoever wrote them. */
  readonly territory?: (line: Line) => boolean;
}

export interface Owned {
  readonly owner: string;
  readonly line: Line;
}

export interface Settlement {
  readonly manifest: Manifest;
  readonly put: readonly Owned[];
  readonly drop: readonly Owned[];
}

/** Lines that other resources of this program have declared in their checks: never dropped, whoever lets them go. */
export type Claims = ReadonlyMap<string, Fragment>;

export function settle(manifest: Manifest, live: Live, requests: readonly Request[], claims: Claims): Settlement {
  const entryBefore = (request: Request) => manifest.get(request.owner) ?? request.recorded ?? { lines: [], found: [] };
  const next = new Map(manifest);
  for (const request of requests) {
    if (request.desired === undefined) next.delete(request.owner);
    else
      next.set(request.owner, {
        lines: request.desired,
        found: request.desired.flatMap((line) => foundInPlace(line, entryBefore(request), manifest, live)),
      });
  }
  const held = heldSlots(next, claims, new Set(requests.map((r) => r.owner)));

  const put: Owned[] = [];
  const drop: Owned[] = [];
  for (const request of requests) {
    const { owner, desired = [] } = request;
    const before = entryBefore(request);
    const own = (line: Line): Owned => ({ owner, line });
    put.push(...desired.filter((line) => !live.has(line)).map(own));

    const gone = before.lines.filter((line) => !held.has(lineSlot(line)));
    for (const line of gone) {
      const found = inSlot(before.found, line);
      if (found.length > 0) put.push(...found.filter((f) => !live.has(f)).map(own));
      else
        drop.push(
          ...live
            .inSlot(line)
            .filter((l) => isOurs(l, line))
            .map(own),
        );
    }
    const kept = new Set([...desired, ...before.found].map(lineKey));
    const stray = live.lines.filter((line) => request.territory?.(line) && !kept.has(lineKey(line)));
    drop.push(...stray.filter((line) => !held.has(lineSlot(line))).map(own));
  }
  return { manifest: next, put: unique(put), drop: unique(drop) };
}

/** What was in this line's place before any of us: remembered once, carried along, handed over with the line. */
export function foundInPlace(line: Line, before: Entry, manifest: Manifest, live: Live): readonly Line[] {
  if (inSlot(before.lines, line).length > 0) return inSlot(before.found, line);
  for (const other of manifest.values()) if (inSlot(other.lines, line).length > 0) return inSlot(other.found, line);
  return live.inSlot(line);
}

/** A chain carries our name: it is ours whatever was typed into it. Any other line is ours only as we wrote it. */
function isOurs(live: Line, written: Line): boolean {
  return live.kind === "chain" || lineKey(live) === lineKey(written);
}

function heldSlots(next: Manifest, claims: Claims, asking: ReadonlySet<string>): Set<string> {
  const claimed = [...claims].filter(([owner]) => !asking.has(owner)).flatMap(([, lines]) => lines);
  return new Set([...[...next.values()].flatMap((e) => e.lines), ...claimed].map(lineSlot));
}

function unique(owned: readonly Owned[]): Owned[] {
  return [...new Map(owned.map((o) => [lineKey(o.line), o])).values()];
}
