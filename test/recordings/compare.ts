/** Two plays beside each other. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Of each text, as many lines that differ are shown. */
const LINES = 6;
/** Of as many texts. */
const TEXTS = 20;

/** @returns the exit code: 1 where anything differs, or there is nothing to compare */
export function compare(before: string, after: string): number {
  const names = [...new Set([...readdirSync(before), ...readdirSync(after)])].sort();
  const differing = names.flatMap((name) => {
    const [a, b] = [before, after].map((folder) => textOf(join(folder, name)));
    if (a === b) return [];
    return [{ name, lines: a === undefined || b === undefined ? ["is in one folder only"] : difference(a, b) }];
  });
  for (const { name, lines } of differing.slice(0, TEXTS)) console.log([name, ...lines].join("\n  "));
  if (differing.length > TEXTS) console.log(`and ${differing.length - TEXTS} more texts`);
  console.log(`${names.length - differing.length} equal, ${differing.length} differ`);
  return differing.length > 0 || names.length === 0 ? 1 : 0;
}

const textOf = (path: string): string | undefined => (existsSync(path) ? readFileSync(path, "utf8") : undefined);

/** From the first line that differs: some of each, with the run that they are in. */
function difference(a: string, b: string): string[] {
  const [were, are] = [a.split("\n"), b.split("\n")];
  const at = were.findIndex((line, i) => line !== are[i]);
  const from = at < 0 ? were.length : at;
  const heading = were.slice(0, from).findLast((line) => line.startsWith("#####"));
  const title = were.slice(0, from).findLast((line) => line.startsWith("--- "));
  const shown = (sign: string, lines: readonly string[]) =>
    lines.slice(from, from + LINES).map((line) => `${sign} ${line}`);
  return [`line ${from + 1}, in ${heading ?? "its head"}, ${title ?? ""}`, ...shown("-", were), ...shown("+", are)];
}
