import type { Words } from "./words.ts";

/** Those whom a change concerns, and how long. */
export interface Affected {
  readonly who: Words;
  readonly how: Words;
}
