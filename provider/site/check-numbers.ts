/** Marks, tables and priorities of a site: inside their bounds, different, in order. */

import { insideMask } from "../kinds/numbers.ts";
import { formatMark } from "../model/mark.ts";
import type { Draft, DraftLink } from "./draft.ts";
import type { Fault, Path } from "./faults.ts";
import {
  firstBySource,
  type LinkNumbers,
  linkNumbers,
  siteInsidePriorities,
  siteMask,
  sourceRulePriority,
} from "./numbers.ts";

interface Numbered {
  readonly name: string;
  readonly link: DraftLink & { readonly id: number };
  readonly numbers: LinkNumbers;
}

export function checkNumbers(draft: Draft): Fault[] {
  const mask = siteMask(draft.mask, draft.links.values());
  const all = [...draft.links].flatMap(([name, { id, ...rest }]): Numbered[] => {
    if (id === undefined) return [];
    const link = { id, ...rest };
    return [{ name, link, numbers: linkNumbers(link, mask) }];
  });
  return [
    ...all.filter(({ numbers }) => !insideMask(numbers.mark, mask)).map((one) => outsideMask(one, mask)),
    ...same(all, "mark", "mark", formatMark),
    ...same(all, "table", "table"),
    ...same(all, "priority", "priority"),
    ...same(all, "fromPriority", "priority of the from-rules"),
    ...fromRulesInOrder(all),
    ...sourceRulesInOrder(all, draft, mask),
    ...insideRulesInOrder(all, draft, mask),
  ];
}

/** The path of what was given, else of the id that the number follows from. */
function at({ name, link }: Numbered, key: keyof LinkNumbers): Path {
  return ["links", name, link[key] === undefined ? "id" : key];
}

function origin({ link }: Numbered, key: keyof LinkNumbers): string {
  return link[key] === undefined ? ` (from id ${link.id})` : "";
}

function outsideMask(one: Numbered, mask: number): Fault {
  const mark = `mark ${formatMark(one.numbers.mark)}${origin(one, "mark")}`;
  return { path: at(one, "mark"), message: `${mark} has bits outside the mask ${formatMark(mask)}` };
}

/** Two links with one number. Equal ids are told once, as such, and not again in what follows from them. */
function same(
  all: readonly Numbered[],
  key: keyof LinkNumbers,
  what: string,
  format: (value: number) => string = String,
): Fault[] {
  return all.flatMap((one, i) => {
    const other = all.slice(0, i).find((o) => o.numbers[key] === one.numbers[key]);
    if (!other || (other.link.id === one.link.id && one.link[key] === undefined && other.link[key] === undefined))
      return [];
    const value = `${what} ${format(one.numbers[key])}${origin(one, key)}`;
    return [{ path: at(one, key), message: `${value} is that of ${other.name}${origin(other, key)} already` }];
  });
}

/**
 * The mark decides first, then the router's own address, then the manual switch, then main. Any other order sends
 * replies out by a link that their connection did not come in on.
 */
function fromRulesInOrder(all: readonly Numbered[]): Fault[] {
  const last = highest(all, "priority");
  if (!last) return [];
  return all
    .filter(({ numbers }) => numbers.fromPriority <= last.numbers.priority)
    .map((one) => ({
      // Where nothing was given for it, the number to correct is the other one.
      path: one.link.fromPriority === undefined ? at(last, "priority") : at(one, "fromPriority"),
      message: `the from-rules of ${one.name} (priority ${one.numbers.fromPriority}) must come behind every fwmark rule (that of ${last.name} has ${last.numbers.priority})`,
    }));
}

function sourceRulesInOrder(all: readonly Numbered[], draft: Draft, mask: number): Fault[] {
  const source = sourceRulePriority(draft, mask);
  return (["priority", "fromPriority"] as const).flatMap((key) => {
    const last = highest(all, key);
    if (!last || source > last.numbers[key]) return [];
    const rule = key === "priority" ? "fwmark rule" : "from-rule";
    return [
      {
        path: draft.sourcePriority === undefined ? at(last, key) : ["sourcePriority"],
        message: `the rules of servers with via (sourcePriority ${source}) must come behind every ${rule} (that of ${last.name} has ${last.numbers[key]})`,
      },
    ];
  });
}

/**
 * What comes in asks the main table for networks inside before its mark decides; a source asks it behind the marks, for a
 * reply goes out by the link of its connection also where the main table has a route of its own to that client.
 */
function insideRulesInOrder(all: readonly Numbered[], draft: Draft, mask: number): Fault[] {
  const last = highest(all, "priority");
  const [first] = all.toSorted((a, b) => a.numbers.priority - b.numbers.priority);
  if (!first || !last) return [];
  const numbers = all.map((one) => one.numbers);
  const { inbound, inside } = siteInsidePriorities(draft, numbers, mask);
  const bySource = firstBySource(draft, numbers, mask);
  const faults: Fault[] = [];
  if (inbound >= first.numbers.priority || inbound < 1)
    faults.push({
      path: draft.inboundPriority === undefined ? at(first, "priority") : ["inboundPriority"],
      message: `the rules by which what comes in finds networks inside (inboundPriority ${inbound}) must come before every fwmark rule (that of ${first.name} has ${first.numbers.priority})`,
    });
  // Sources before the marks are a fault of their own.
  if (bySource > last.numbers.priority && (inside <= last.numbers.priority || inside >= bySource))
    faults.push({
      path: draft.insidePriority === undefined ? at(last, "priority") : ["insidePriority"],
      message: `the rules by which replies find networks inside (insidePriority ${inside}) must come behind every fwmark rule (that of ${last.name} has ${last.numbers.priority}) and before every rule by source (the first has ${bySource})`,
    });
  return faults;
}

function highest(all: readonly Numbered[], key: keyof LinkNumbers): Numbered | undefined {
  return all.toSorted((a, b) => b.numbers[key] - a.numbers[key])[0];
}
