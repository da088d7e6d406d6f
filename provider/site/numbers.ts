/** The numbers of a site: given ones, and those that follow from ids and the mask. */
import { DEFAULT_MASK, maskOf, numbersOf, sourcePriority } from "../kinds/numbers.ts";

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
