/** The numbers of a site: given ones, and those that follow from ids and the mask. */
import { DEFAULT_MASK, insidePriorities, maskOf, numbersOf, sourcePriority } from "../kinds/numbers.ts";

export interface LinkNumbers {
  readonly mark: number;
  readonly table: number;
  readonly priority: number;
  readonly fromPriority: number;
}

type Given = { readonly [Key in keyof LinkNumbers]?: number | undefined };

/** Without a mask, a small mark given for any link means the low byte for all. */
export function siteMask(mask: number | undefined, links: Iterable<Given>): number {
  if (mask !== undefined) return mask;
  const small = [...links].some((link) => link.mark !== undefined && maskOf(link.mark) === 0xff);
  return small ? 0xff : DEFAULT_MASK;
}

export function linkNumbers(link: Given & { readonly id: number }, mask: number): LinkNumbers {
  const follow = numbersOf(link.id, mask);
  return {
    mark: link.mark ?? follow.mark,
    table: link.table ?? follow.table,
    priority: link.priority ?? follow.fwmarkPriority,
    fromPriority: link.fromPriority ?? follow.fromPriority,
  };
}

export function sourceRulePriority(site: { readonly sourcePriority?: number | undefined }, mask: number): number {
  return site.sourcePriority ?? sourcePriority(mask);
}

/** Of the rules that ask the main table for what lies inside. */
export interface InsidePriorities {
  /** Before every fwmark rule. */
  readonly inbound: number;
  /** Behind every fwmark rule, before every rule by source. */
  readonly inside: number;
}

interface GivenPriorities {
  readonly sourcePriority?: number | undefined;
  readonly inboundPriority?: number | undefined;
  readonly insidePriority?: number | undefined;
}

/** The first priority of the rules by source. */
export function firstBySource(
  site: GivenPriorities,
  links: readonly Pick<LinkNumbers, "fromPriority">[],
  mask: number,
): number {
  return Math.min(...links.map(({ fromPriority }) => fromPriority), sourceRulePriority(site, mask));
}

/** Where the usual one is not in its place between the links' own, the next free one before those that it has to precede. */
export function siteInsidePriorities(
  site: GivenPriorities,
  links: readonly Pick<LinkNumbers, "priority" | "fromPriority">[],
  mask: number,
): InsidePriorities {
  const usual = insidePriorities(mask);
  const byMark = links.map(({ priority }) => priority);
  const bySource = firstBySource(site, links, mask);
  const firstMark = Math.min(...byMark);
  const isBetween = usual.inside > Math.max(...byMark) && usual.inside < bySource;
  return {
    inbound: site.inboundPriority ?? (usual.inbound < firstMark ? usual.inbound : firstMark - 1),
    inside: site.insidePriority ?? (isBetween ? usual.inside : bySource - 1),
  };
}
