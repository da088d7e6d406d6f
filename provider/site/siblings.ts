/** What a component tells its resources of each other: a preview ends at the first that is refused, and says it of all. */
import type { KindName } from "../kinds/index.ts";

/** All copies together; a site of 250 services takes 100 kB. */
const MOST_BYTES = 1_000_000;

/**
 * The text for those resources that are checked before any other, in an order that nobody knows: one has it at least.
 * @param inputs what each resource is given
 */
export function siblingsOf(inputs: readonly (readonly [kind: KindName, inputs: object])[]): {
  take(): string | undefined;
} {
  const text = JSON.stringify(inputs);
  let copies = Math.max(1, Math.floor(MOST_BYTES / text.length));
  return { take: () => (copies-- > 0 ? text : undefined) };
}
