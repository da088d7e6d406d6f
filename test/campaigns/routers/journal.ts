/** What a campaign has played, as lines of JSON in a file, so that it can be broken off and go on. */
import { existsSync, readFileSync } from "node:fs";

export const readJournal = <T>(file: string): T[] =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);

/** Places in the list of what was played, a router that was only refused not counted. */
export function playedIn(file: string | undefined): ReadonlySet<number> {
  const lines = file !== undefined && existsSync(file) ? readJournal<{ n: number; refused?: string }>(file) : [];
  return new Set(lines.filter(({ refused }) => refused === undefined).map(({ n }) => n));
}
