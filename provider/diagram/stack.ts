/** Boxes of one column, set below each other. */

export interface Span {
  readonly y: number;
  readonly height: number;
}

export interface Item {
  readonly id: string;
  readonly height: number;
  /** Where its middle would like to be; without, right behind the one above. */
  readonly wish?: number | undefined;
  /** Free height that it needs above, unless it is the first. */
  readonly space: number;
}

/**
 * In the order given, none over another, and on the whole as near as can be to where they would like to be: boxes that would overlap
 * become a block that stands at the mean of its wishes.
 */
export function stacked(items: readonly Item[]): Map<string, Span> {
  const blocks: { items: { item: Item; offset: number }[]; height: number; top: number; space: number }[] = [];
  for (const item of items) {
    const last = blocks.at(-1);
    const top =
      item.wish === undefined ? (last ? last.top + last.height + item.space : 0) : item.wish - item.height / 2;
    blocks.push({ items: [{ item, offset: 0 }], height: item.height, top, space: item.space });
    for (let i = blocks.length - 1; i > 0; i = blocks.length - 1) {
      const [upper, lower] = [blocks[i - 1]!, blocks[i]!];
      if (upper.top + upper.height + lower.space <= lower.top) break;
      const down = upper.height + lower.space;
      const joined = [...upper.items, ...lower.items.map(({ item, offset }) => ({ item, offset: offset + down }))];
      const top = (upper.top * upper.items.length + (lower.top - down) * lower.items.length) / joined.length;
      blocks.splice(i - 1, 2, { items: joined, height: down + lower.height, top, space: upper.space });
    }
  }
  return new Map(
    blocks.flatMap(({ items, top }) =>
      items.map(({ item, offset }) => [item.id, { y: top + offset, height: item.height }] as const),
    ),
  );
}

export function extent(all: Iterable<Span>): { readonly top: number; readonly bottom: number } {
  const spans = [...all];
  return { top: Math.min(...spans.map(({ y }) => y)), bottom: Math.max(...spans.map(({ y, height }) => y + height)) };
}
