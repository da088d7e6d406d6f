/** A change of owner: entries of the manifest pass to another resource with the memory of what was there before. Pure. */
import { formatLine } from "../dialects/fragment.ts";
import { lineSlot } from "../dialects/line-key.ts";
import type { Fragment, Line } from "../model/line.ts";
import { inStack, stackOf } from "../model/owner.ts";
import { type Entry, inSlot, type Manifest } from "./manifest.ts";

export interface Heir {
  readonly owner: string;
  /** undefined: the resource is deleted. */
  readonly desired: Fragment | undefined;
  /** What it was called before: in another stack or project, or by another name. */
  readonly former?: string;
  /** `project/stack` whose lines it may take. */
  readonly takeOverFrom?: string;
}

/**
 * The manifest as if the heirs had owned since ever what they inherit. A former owner that the program still declares keeps
 * what the heir does not want: two resources may swap their names.
 */
export function takeOver(manifest: Manifest, heirs: readonly Heir[], isDeclared: (owner: string) => boolean): Manifest {
  if (!heirs.some(({ former, takeOverFrom }) => former !== undefined || takeOverFrom !== undefined)) return manifest;
  const next = new Map(manifest);
  const asking = new Set(heirs.filter(({ desired }) => desired !== undefined).map(({ owner }) => owner));
  const stays = (owner: string) => asking.has(owner) || isDeclared(owner);
  for (const heir of heirs) {
    const { owner, desired = [] } = heir;
    const wanted = new Set(desired.map(lineSlot));
    const isWanted = (line: Line) => wanted.has(lineSlot(line));
    for (const { from, whole } of legacies(heir, manifest, stays)) pass(next, from, owner, whole ? all : isWanted);
  }
  return next;
}

const all = () => true;

interface Legacy {
  readonly from: string;
  /** All of it; otherwise what is wanted. */
  readonly whole: boolean;
}

/** Whose lines pass to an heir: first those of its own former name, last those of anybody in the stack that it may take from. */
function legacies(
  { owner, former, takeOverFrom }: Heir,
  manifest: Manifest,
  stays: (owner: string) => boolean,
): readonly Legacy[] {
  const own = former === undefined ? [] : [{ from: former, whole: !stays(former) }];
  if (takeOverFrom === undefined || takeOverFrom === stackOf(owner)) return own;
  const others = [...manifest.keys()].filter((other) => stackOf(other) === takeOverFrom);
  const namesake = { from: inStack(owner, takeOverFrom), whole: true };
  return [...own, namesake, ...others.map((from) => ({ from, whole: false }))];
}

function pass(next: Map<string, Entry>, from: string, to: string, chosen: (line: Line) => boolean): void {
  const source = next.get(from);
  if (source === undefined || from === to) return;
  const [lines, rest] = [source.lines.filter(chosen), source.lines.filter((line) => !chosen(line))];
  if (lines.length === 0 && source.lines.length > 0) return;
  // What was adopted away stands in no line's place: it goes with the last line.
  const goes = (line: Line) => rest.length === 0 || inSlot(lines, line).length > 0;
  const target = next.get(to) ?? { lines: [], found: [] };
  next.set(to, {
    lines: [...target.lines, ...lines.filter((line) => inSlot(target.lines, line).length === 0)],
    found: once([...target.found, ...source.found.filter(goes)]),
  });
  if (rest.length === 0) next.delete(from);
  else next.set(from, { lines: rest, found: source.found.filter((line) => !goes(line)) });
}

function once(lines: Fragment): Fragment {
  return [...new Map(lines.map((line) => [formatLine(line).join("\n"), line])).values()];
}
