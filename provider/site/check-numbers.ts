/** Marks, tables and priorities of a site: inside their bounds, different, in order. */
import { formatMark } from "../kernel/mark.ts";
import { tableId } from "../kinds/fields.ts";
import { insideMask } from "../kinds/numbers.ts";
import type { Draft } from "./draft.ts";
import type { Fault, Path } from "./faults.ts";
import { type LinkNumbers, linkNumbers, siteMask, sourceRulePriority } from "./numbers.ts";
import type { Link } from "./schema.ts";

interface Numbered {
  readonly name: string;
  readonly link: Link;
  readonly numbers: LinkNumbers;
}

export function checkNumbers(draft: Draft): Fault[] {
  const mask = siteMask(draft.mask, draft.links.values());
  const all = [...draft.links].map(([name, link]) => ({ name, link, numbers: linkNumbers(link, mask) }));
  return [...marks(all, mask), ...tables(all), ...priorities(all), ...order(all, draft, mask)];
}

/** The path of what was given, else of the id that the number follows from. */
function at({ name, link }: Numbered, key: keyof LinkNumbers): Path {
  return ["links", name, link[key] === undefined ? "id" : key];
}

function origin({ link }: Numbered, key: keyof LinkNumbers): string {
  return link[key] === undefined ? ` (from id ${link.id})` : "";
}

function marks(all: readonly Numbered[], mask: number): Fault[] {
  return all.flatMap((one, i): Fault[] => {
    const { mark } = one.numbers;
    if (!insideMask(mark, mask))
      return [
        {
          path: at(one, "mark"),
          message: `mark ${formatMark(mark)}${origin(one, "mark")} has bits outside the mask ${formatMark(mask)}`,
        },
      ];
    return same(all, i, "mark", formatMark);
  });
}

function tables(all: readonly Numbered[]): Fault[] {
  return all.flatMap((one, i): Fault[] => {
    // A table that was given is checked by the schema; one that follows from an id never is a reserved one.
    return tableId.safeParse(one.numbers.table).success ? same(all, i, "table", String) : [];
  });
}

function priorities(all: readonly Numbered[]): Fault[] {
  return all.flatMap((_, i) => [...same(all, i, "priority", String), ...same(all, i, "fromPriority", String)]);
}

/** Equal ids are told once, as such, and not again in what follows from them. */
function same(all: readonly Numbered[], i: number, key: keyof LinkNumbers, format: (value: number) => string): Fault[] {
  const one = all[i]!;
  const other = all.slice(0, i).find((o) => o.numbers[key] === one.numbers[key]);
  if (!other || (other.link.id === one.link.id && one.link[key] === other.link[key])) return [];
  const what = key === "fromPriority" ? "priority of the from-rules" : key;
  return [
    {
      path: at(one, key),
      message: `${what} ${format(one.numbers[key])}${origin(one, key)} is that of ${other.name}${origin(other, key)} already`,
    },
  ];
}

/**
 * The mark decides first, then the router's own address, then the manual switch, then main. Any other order sends
 * replies out by a link that their connection did not come in on.
 */
function order(all: readonly Numbered[], draft: Draft, mask: number): Fault[] {
  const last = all.toSorted((a, b) => b.numbers.priority - a.numbers.priority)[0];
  if (!last) return [];
  const lastFrom = all.toSorted((a, b) => b.numbers.fromPriority - a.numbers.fromPriority)[0]!;
  const source = sourceRulePriority(draft, mask);
  const early = all
    .filter(({ numbers }) => numbers.fromPriority <= last.numbers.priority)
    .map((one) => ({
      // Where nothing was given for it, the number to correct is the other one.
      path: one.link.fromPriority === undefined ? at(last, "priority") : at(one, "fromPriority"),
      message: `the from-rules of ${one.name} (priority ${one.numbers.fromPriority}) must come behind every fwmark rule (that of ${last.name} has ${last.numbers.priority})`,
    }));
  const behind = Math.max(last.numbers.priority, lastFrom.numbers.fromPriority);
  if (source > behind) return early;
  const [who, key] =
    behind === lastFrom.numbers.fromPriority ? ([lastFrom, "fromPriority"] as const) : ([last, "priority"] as const);
  return [
    ...early,
    {
      path: draft.sourcePriority === undefined ? at(who, key) : ["sourcePriority"],
      message: `the rules that via makes (priority ${source}, set by sourcePriority) must come behind every rule of a link (${who.name} has ${behind})`,
    },
  ];
}
