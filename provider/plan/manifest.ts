/**
 * The manifest lists, per resource, the router's lines that are ours and what was there before us. It lies on the
 * router beside the lines themselves and as volatile as they are, so that ownership needs no state on the operator's side.
 */
import { formatFragment, parseFragment } from "../kernel/fragment.ts";
import type { Fragment, Line } from "../kernel/line.ts";
import { lineKey, lineSlot } from "../kernel/line-key.ts";
import { NotUnderstood } from "../kernel/not-understood.ts";

export interface Entry {
  readonly lines: Fragment;
  /**
   * What stood in the place of one of our lines: the same line (adopted: it stays when we go) or another value (a
   * kernel setting, the old default route: it comes back when we go).
   */
  readonly found: Fragment;
}

/** By owner: `project/stack/Kind/name`. */
export type Manifest = ReadonlyMap<string, Entry>;

const HEADER =
  "# Lines of this router that belong to Pulumi resources (pulumi-multiwan). Kept by the provider: do not edit.";

export function formatManifest(manifest: Manifest): string {
  const block = (word: string, lines: Fragment) =>
    formatFragment(lines)
      .split("\n")
      .filter(Boolean)
      .map((text) => `${word} ${text}`);
  const entries = [...manifest]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([owner, entry]) => [`owner ${owner}`, ...block("line", entry.lines), ...block("found", entry.found)]);
  return `${[HEADER, ...entries].join("\n")}\n`;
}

/** The inverse. Throws NotUnderstood for a text that this version cannot have written. */
export function parseManifest(text: string | undefined): Manifest {
  const manifest = new Map<string, { line: string[]; found: string[] }>();
  let current: { line: string[]; found: string[] } | undefined;
  for (const row of (text ?? "").split("\n")) {
    const [word, rest] = [row.split(" ", 1)[0], row.slice(row.indexOf(" ") + 1)];
    if (word === "owner") {
      current = { line: [], found: [] };
      manifest.set(rest, current);
    } else if ((word === "line" || word === "found") && current) current[word].push(rest);
    else if (row !== "" && !row.startsWith("#")) throw new NotUnderstood("the manifest on the router", row);
  }
  return new Map(
    [...manifest].map(([owner, { line, found }]) => [
      owner,
      { lines: parseFragment(line.join("\n")), found: parseFragment(found.join("\n")) },
    ]),
  );
}

/** Owners of a line, by its meaning. */
export function ownersOf(manifest: Manifest, line: Line): string[] {
  const key = lineKey(line);
  return [...manifest].filter(([, e]) => e.lines.some((l) => lineKey(l) === key)).map(([owner]) => owner);
}

/** Lines of a fragment that stand in the same place as this one. */
export function inSlot(lines: Fragment, line: Line): Line[] {
  const slot = lineSlot(line);
  return lines.filter((l) => lineSlot(l) === slot);
}
