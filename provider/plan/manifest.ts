/**
 * The manifest lists, per resource, the router's lines that are ours and what was there before us. It lies on the
 * router beside the lines themselves and as volatile as they are, so that ownership needs no state on the operator's side.
 */

import { formatFragment, parseFragment, refuseOpaqueRules } from "../dialects/fragment.ts";
import { readRule, ruleText } from "../dialects/iptables/packet-rule.ts";
import { lineKey, lineSlot } from "../dialects/line-key.ts";
import type { Fragment, HookLine, Line, Neighbours } from "../model/line.ts";
import { NotUnderstood } from "../model/not-understood.ts";
import { isOwner } from "../model/owner.ts";
import type { PacketRule } from "../model/packet-rule.ts";
import type { Head } from "./identity.ts";

export interface Entry {
  readonly lines: Fragment;
  /**
   * What stood in the place of one of our lines: the same line (adopted: it stays when we go) or another value (a
   * kernel setting, the old default route: it comes back when we go).
   */
  readonly found: Fragment;
}

/** By owner, as text (model/owner.ts). */
export type Manifest = ReadonlyMap<string, Entry>;

/** Of the text. A manifest that does not say has the first one. */
export const FORMAT = 1;

/** A text that only a newer version can read: nothing of it is guessed. */
export class NewerFormat extends NotUnderstood {
  constructor(what: string, format: string) {
    super(what, `format ${format}`);
  }
}

const HEADER =
  "# Lines of this router that belong to Pulumi resources (pulumi-multiwan). Kept by the provider: do not edit.";

/** @param head left out on the disk, where it would outlive the boot that it speaks of */
export function formatManifest(manifest: Manifest, head?: Head): string {
  for (const owner of manifest.keys()) if (!isOwner(owner)) throw new Error(`no owner: ${JSON.stringify(owner)}`);
  const block = (word: string, lines: Fragment) =>
    formatFragment(lines)
      .split("\n")
      .filter(Boolean)
      .map((text) => `${word} ${text}`);
  const entries = [...manifest]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([owner, entry]) => [
      `owner ${owner}`,
      ...block("line", entry.lines),
      ...entry.found.flatMap((line) => [...block("found", [line]), ...neighbourRows(line)]),
    ]);
  // As comments: an older version passes over them.
  const facts = head && { format: String(FORMAT), ...head };
  const about = Object.entries(facts ?? {}).map(([key, value]) => `# ${key}: ${value}`);
  return `${[HEADER, ...about, ...entries].join("\n")}\n`;
}

interface Rows {
  readonly line: string[];
  readonly found: string[];
  /** By the text of the line that was found. */
  readonly near: Map<string, Neighbours>;
}

/** As comments, behind the row of their line: an older version passes over them, and goes by the number. */
function neighbourRows(line: Line): string[] {
  if (line.kind !== "hook") return [];
  const { before, behind } = line.neighbours ?? {};
  const row = (place: string, rule: PacketRule | undefined) => {
    const text = rule && ruleText(rule);
    return text === undefined || text.includes("\n") ? [] : [`# found ${place} ${text}`];
  };
  return [...row("behind", before), ...row("before", behind)];
}

function readNeighbour({ found, near }: Rows, row: string): void {
  const [, place, rule = ""] = /^# found (behind|before) (.*)$/.exec(row) ?? [];
  const line = found.at(-1);
  if (line === undefined || place === undefined) return;
  const beside = readRule(rule);
  near.set(line, { ...near.get(line), ...(place === "behind" ? { before: beside } : { behind: beside }) });
}

function withNeighbours(lines: Fragment, near: Rows["near"]): Fragment {
  if (near.size === 0) return lines;
  const known = new Map([...near].flatMap(([row, beside]) => parseFragment(row).map((line) => [rowOf(line), beside])));
  return lines.map((line) => {
    const neighbours = line.kind === "hook" ? known.get(rowOf(line)) : undefined;
    return neighbours ? { ...(line as HookLine), neighbours } : line;
  });
}

const rowOf = (line: Line) => formatFragment([line]);

/** What it says of itself. */
export function parseHead(text: string | undefined): Head {
  const rows = text?.split("\nowner ", 1)[0] ?? "";
  const of = (key: string) => new RegExp(`^# ${key}: (.+)$`, "m").exec(rows)?.[1];
  const head = {
    router: of("router"),
    namespace: of("namespace"),
    made: of("made"),
    foreign: of("foreign"),
    iptables: of("iptables"),
  };
  return Object.fromEntries(Object.entries(head).filter(([, value]) => value !== undefined));
}

/** @throws {NewerFormat} */
export function refuseNewer(text: string | undefined, what: string): void {
  const format = /^(?:# )?format:? (\S+)$/m.exec(text ?? "")?.[1];
  if (format !== undefined && format !== String(FORMAT)) throw new NewerFormat(what, format);
}

/** The inverse. Throws NotUnderstood for a text that this version cannot have written. */
export function parseManifest(text: string | undefined): Manifest {
  refuseNewer(text, "the manifest on the router");
  const parsed = new Map(
    [...rowsOf(text ?? "")].map(([owner, { line, found, near }]) => [
      owner,
      {
        lines: parseFragment(line.join("\n")),
        found: withNeighbours(parseFragment(found.join("\n")), near),
      },
    ]),
  );
  // Whatever is wrong with them is to be known now.
  for (const { lines, found } of parsed.values()) refuseOpaqueRules([...lines, ...found]);
  return parsed;
}

/** The rows of each owner. */
function rowsOf(text: string): ReadonlyMap<string, Rows> {
  const rows = new Map<string, Rows>();
  let current: Rows | undefined;
  for (const row of text.split("\n")) {
    const [word, rest] = [row.split(" ", 1)[0], row.slice(row.indexOf(" ") + 1)];
    if (word === "owner" && isOwner(rest)) {
      current = { line: [], found: [], near: new Map() };
      rows.set(rest, current);
    } else if (!(current && readRow(current, row, word, rest)) && row !== "" && !row.startsWith("#"))
      throw new NotUnderstood("the manifest on the router", row);
  }
  return rows;
}

/** Is it a row of an owner? */
function readRow(rows: Rows, row: string, word: string | undefined, rest: string): boolean {
  if (word === "line" || word === "found") rows[word].push(rest);
  else if (row.startsWith("# found ")) readNeighbour(rows, row);
  else return false;
  return true;
}

/** Owners of a line, by its meaning. */
export function ownersOf(manifest: Manifest, line: Line): readonly string[] {
  return indexOf(manifest).owners.get(lineKey(line)) ?? [];
}

/** The entry of a resource that has a line in the same place as this one. */
export function holderOf(manifest: Manifest, line: Line): Entry | undefined {
  return indexOf(manifest).holders.get(lineSlot(line));
}

/** What was in this line's place before, whichever of its holders remembers it. */
export function foundOf(manifest: Manifest, line: Line): readonly Line[] {
  return ownersOf(manifest, line).flatMap((owner) => inSlot(manifest.get(owner)!.found, line));
}

/** All lines that it lists, whoever owns them. */
export function managedLines(manifest: Manifest): Line[] {
  return [...manifest.values()].flatMap((entry) => entry.lines);
}

/** All that is remembered, whoever does. */
export function memoryOf(manifest: Manifest): Line[] {
  return [...manifest.values()].flatMap((entry) => entry.found);
}

/** Lines of a fragment that stand in the same place as this one. */
export function inSlot(lines: Fragment, line: Line): readonly Line[] {
  let slots = bySlot.get(lines);
  if (!slots) {
    slots = Map.groupBy(lines, lineSlot);
    bySlot.set(lines, slots);
  }
  return slots.get(lineSlot(line)) ?? [];
}
const bySlot = new WeakMap<Fragment, ReadonlyMap<string, readonly Line[]>>();

interface Index {
  readonly owners: ReadonlyMap<string, readonly string[]>;
  readonly holders: ReadonlyMap<string, Entry>;
}

/** A manifest is asked about every line of a router: made for looking up, once. */
function indexOf(manifest: Manifest): Index {
  let index = indexes.get(manifest);
  if (!index) {
    const owners = new Map<string, string[]>();
    const holders = new Map<string, Entry>();
    for (const [owner, entry] of manifest)
      for (const line of entry.lines) {
        const known = owners.get(lineKey(line)) ?? [];
        if (!known.includes(owner)) owners.set(lineKey(line), [...known, owner]);
        if (!holders.has(lineSlot(line))) holders.set(lineSlot(line), entry);
      }
    index = { owners, holders };
    indexes.set(manifest, index);
  }
  return index;
}
const indexes = new WeakMap<Manifest, Index>();
