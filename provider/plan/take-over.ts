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
  for (const { owner, desired = [], former, takeOverFrom } of heirs) {
    const wanted = new Set(desired.map(lineSlot));
    if (former !== undefined)
      pass(next, former, owner, asking.has(former) || isDeclared(former) ? (line) => wanted.has(lineSlot(line)) : all);
    if (takeOverFrom === undefined || takeOverFrom === stackOf(owner)) continue;
    pass(next, inStack(owner, takeOverFrom), owner, all);
    for (const other of manifest.keys())
      if (stackOf(other) === takeOverFrom) pass(next, other, owner, (line) => wanted.has(lineSlot(line)));
  }
  return next;
}

const all = () => true;

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
