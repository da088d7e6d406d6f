/**
 * Lines of other stacks and projects on the same router: foreign as any other, but known by name. Found before anything is
 * touched, and once more when a change is planned, for two stacks may run at the same time. Pure.
 */

import { formatLine } from "../dialects/fragment.ts";
import { ruleText } from "../dialects/iptables/packet-rule.ts";
import { lineKey, lineSlot } from "../dialects/line-key.ts";
import { type DnatDoor, dnatDoors } from "../model/dnat.ts";
import { type Fragment, type Line, MAIN_TABLE, type TableNames } from "../model/line.ts";
import { shortName, stackOf } from "../model/owner.ts";
import { inDevicesOf, markSetBy } from "../model/rule-facts.ts";
import { excludes } from "./collide.ts";
import type { Collision } from "./collision.ts";
import type { Manifest } from "./manifest.ts";
import { argument } from "./owner-kind.ts";
import type { Heir } from "./take-over.ts";

/** Lines that several may want alike: each holds it, and it goes with the last one. */
const SHARED: readonly Line["kind"][] = ["sysctl", "address", "table-name", "file"];
/** A rule that looks up the main table is the same for whoever asks: of networks inside it knows nothing of a stack's own. */
const isShared = (line: Line) => SHARED.includes(line.kind) || (line.kind === "rule" && line.table === MAIN_TABLE);
const SHOWN = 3;

/**
 * What another stack holds and this resource wants, or cannot stand beside: one sentence for each stack.
 * @param manifest with what the resource takes over
 * @param renamed former owners in this program: their lines are on their way to this stack
 */
export function otherStacks(
  { owner, takeOverFrom }: Pick<Heir, "owner" | "takeOverFrom">,
  desired: Fragment,
  manifest: Manifest,
  renamed: ReadonlySet<string>,
  names: TableNames,
): Collision[] {
  const mine = stackOf(owner);
  const others = [...manifest].filter(
    ([other]) => stackOf(other) !== mine && stackOf(other) !== takeOverFrom && !renamed.has(other),
  );
  return [...Map.groupBy(others, ([other]) => stackOf(other))].flatMap(([stack, entries]): Collision[] => {
    const met = entries.flatMap(([other, { lines }]) =>
      meetings(desired, lines, names).map(({ what, line }) => ({
        line,
        text: `${what} (${shortName(other)})`,
      })),
    );
    if (met.length === 0) return [];
    const more = met.length > SHOWN ? ` and ${met.length - SHOWN} more` : "";
    const texts = met.slice(0, SHOWN).map(({ text }) => text);
    return [
      {
        path: pathOf(owner, met[0]!.line),
        message: `the stack ${stack} has this on the router: ${texts.join(", ")}${more}. It works for as long as that stack has it: destroy it there; or take it over with takeOverFrom: ${stack}, where this stack is its successor; or, to share the router, give this one other ids, tables, priorities and a mask of its own, and its component another name`,
      },
    ];
  });
}

interface Meeting {
  /** The line of ours that is in the way. */
  readonly line: Line;
  /** What the other stack has, in words. */
  readonly what: string;
}

function meetings(desired: Fragment, theirs: Fragment, names: TableNames): Meeting[] {
  const slots = Map.groupBy(theirs, lineSlot);
  // Few beside the thousands of chains that a map may have.
  const loose = theirs.filter(({ kind }) => kind === "address" || kind === "rule" || kind === "table-name");
  const show = (line: Line) => `"${formatLine(line, names)[0]}"`;
  const lines = desired.flatMap((line): Meeting[] => {
    const there = slots.get(lineSlot(line)) ?? [];
    const inPlace = there.filter((l) => !isShared(line) || lineKey(l) !== lineKey(line));
    const beside = loose.filter((l) => !inPlace.includes(l) && besides(line, l));
    return [...inPlace, ...beside].map((l) => ({ line, what: show(l) }));
  });
  return [...lines, ...sameMarks(desired, theirs), ...sameServices(desired, theirs)];
}

/** In another place, and in the way all the same. */
function besides(line: Line, there: Line): boolean {
  if (line.kind === "table-name" && there.kind === "table-name")
    return line.name === there.name && line.id !== there.id;
  if (line.kind === "address" && there.kind === "address")
    return line.address === there.address && lineKey(line) !== lineKey(there);
  return excludes(line, there);
}

/** Two chains may write bits of one mask while neither writes what the other reads: other marks, by other devices. */
function sameMarks(desired: Fragment, theirs: Fragment): Meeting[] {
  const marks = marksIn(theirs);
  if (marks.length === 0) return [];
  return marksIn(desired).flatMap((own) => {
    const meets = marks.find(
      ({ device, mark, mask }) =>
        (mask & own.mask) !== 0 && (device === own.device || ((mark ^ own.mark) & mask & own.mask) === 0),
    );
    return meets ? [{ line: own.line, what: `"${ruleText(meets.rule)}"` }] : [];
  });
}

function marksIn(lines: Fragment) {
  return lines.flatMap((line) =>
    line.kind !== "chain" || line.table !== "mangle"
      ? []
      : line.rules.flatMap((rule) => {
          const [device] = inDevicesOf(rule);
          const set = markSetBy(rule);
          return device !== undefined && set ? [{ line, rule, device, ...set }] : [];
        }),
  );
}

function sameServices(desired: Fragment, theirs: Fragment): Meeting[] {
  const line = desired.find((l) => l.kind === "chain" && l.table === "nat");
  const published = line ? dnatDoors(theirs) : [];
  if (line === undefined || published.length === 0) return [];
  const own = Map.groupBy(dnatDoors(desired), ({ address }) => address);
  return published
    .filter((theirs) => own.get(theirs.address)?.some((mine) => overlap(mine, theirs)))
    .map(({ protocol, address, first, last, server }) => ({
      line,
      what: `${protocol} ${address}:${first}${last === first ? "" : `-${last}`} published for ${server}`,
    }));
}

function overlap(a: DnatDoor, b: DnatDoor): boolean {
  return a.protocol === b.protocol && a.first <= b.last && b.first <= a.last;
}

function pathOf(owner: string, line: Line): string[] {
  switch (line.kind) {
    case "rule":
      return [argument(owner, "priority", line)];
    case "chain":
    case "hook":
      return [argument(owner, "chain")];
    case "route":
    case "table-name":
      return [argument(owner, "table") ?? []].flat();
    default:
      return [];
  }
}
