/** What was on the router before the managed lines came: in the place of each, and adopted away beside them. Pure. */

import { lineKey } from "../dialects/line-key.ts";
import type { FileLine, Fragment, HookLine, Line } from "../model/line.ts";
import { isOfOurName, isOwnHook } from "./hooks.ts";
import type { Live } from "./live.ts";
import { type Entry, holderOf, inSlot, type Manifest, ownersOf } from "./manifest.ts";
import type { Request } from "./settlement.ts";

/**
 * What was in this line's place before any managed line: remembered once, carried along, handed over with the line. What the state
 * recorded counts where the router has forgotten; but what stands there after a boot, and is not what was written, is newer.
 */
export function foundInPlace(
  line: Line,
  { owner, recorded }: Pick<Request, "owner" | "recorded">,
  manifest: Manifest,
  live: Live,
): readonly Line[] {
  const own = manifest.get(owner);
  const holder = own && inSlot(own.lines, line).length > 0 ? own : holderOf(manifest, line);
  if (holder) return inSlot(holder.found, line);
  // A chain or a file that says whose it is: left by a rollback that failed, or from before a reboot. Of several routes in one
  // place `ip route replace` takes the first.
  const there = live.inSlot(line);
  const found = (line.kind === "route" ? there.slice(0, 1) : there).filter(
    (one) => !isOfOurName(one) && !(one.kind === "file" && isManagedFile(one, line)),
  );
  const written = own || !recorded ? [] : inSlot(recorded.lines, line);
  const isWritten = (one: Line) => written.some((line) => isManaged(one, line));
  return recorded && written.length > 0 && found.every(isWritten) ? inSlot(recorded.found, line) : found;
}

/** What has been adopted away, now or before: found, but in no line's place. */
export function adopted(
  { desired = [], adopt = [] }: Pick<Request, "desired" | "adopt">,
  before: Entry,
  manifest: Manifest,
  live: Live,
): Line[] {
  const known = withoutPlace(before);
  const keys = new Set(known.map(lineKey));
  return [...known, ...adoptees(adopt, desired, manifest, live).filter((line) => !keys.has(lineKey(line)))];
}

/** Of the lines to adopt, those that are there, are no managed lines, and are not what is wanted there. */
export function adoptees(adopt: Fragment, desired: Fragment, manifest: Manifest, live: Live): Line[] {
  const wanted = new Set(desired.map(lineKey));
  const listed = new Set(adopt.map(lineKey));
  if (listed.size === 0) return [];
  // In the order of the router, and each as often as it is there.
  return live.lines
    .filter((line) => listed.has(lineKey(line)))
    .filter((line) => !wanted.has(lineKey(line)) && ownersOf(manifest, line).length === 0)
    .map((line) => (line.kind === "hook" ? { ...line, ...placeOf(line, live, listed) } : line));
}

/** Among the rules of others in its chain: the managed ones come and go, and so do those that are adopted with it. */
function placeOf(hook: HookLine, live: Live, adopted: ReadonlySet<string>): Pick<HookLine, "position" | "neighbours"> {
  const others = live.lines.filter(
    (l): l is HookLine => l.kind === "hook" && l.table === hook.table && l.chain === hook.chain && !isOwnHook(l.rule),
  );
  const at = others.indexOf(hook);
  const stays = (line: HookLine) => !adopted.has(lineKey(line));
  const before = others.slice(0, at).findLast(stays)?.rule;
  const behind = others.slice(at + 1).find(stays)?.rule;
  return {
    position: at + 1,
    ...((before ?? behind) !== undefined && {
      neighbours: { ...(before !== undefined && { before }), ...(behind !== undefined && { behind }) },
    }),
  };
}

export function withoutPlace({ lines, found }: Entry): Line[] {
  return found.filter((line) => inSlot(lines, line).length === 0);
}

/** Every managed file names this package; a managed symbolic link leads where it was made to lead. */
export function isManagedFile(there: FileLine, line: Line): boolean {
  return there.mode === "link" ? lineKey(there) === lineKey(line) : there.text.includes("pulumi-multiwan");
}

/** A chain carries a managed name: it is managed whatever was typed into it. Any other line is so only as it was written. */
export function isManaged(live: Line, written: Line): boolean {
  return live.kind === "chain" || lineKey(live) === lineKey(written);
}
