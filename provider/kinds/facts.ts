/**
 * What only the router knows and the lines of a resource depend on: learnt when it is checked, and recorded in its inputs, as lists of texts by
 * name. Each kind says which ones it learns.
 */
import { z } from "zod";

/** As they stand in inputs and states. */
export type Facts = Readonly<Record<string, readonly string[] | undefined>>;

/** One of them. In a state, whatever is no such list was written by another version, and is passed over. */
export function fact<Item extends z.ZodType<string>>(item: Item) {
  return z.array(item).readonly().optional().catch(undefined);
}

export const texts = fact(z.string());

/** Of a kind that learns nothing. */
export const noFacts = {};
