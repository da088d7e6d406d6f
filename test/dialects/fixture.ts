import { readFileSync } from "node:fs";

/** A recorded text by its file name. */
export function fixture(name: string): string {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8");
}

/** The names that the recordings were made with. */
export const NAMES = new Map([
  [1, "wan_one"],
  [2, "wan_two"],
]);
