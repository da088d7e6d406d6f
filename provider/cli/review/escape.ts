/**
 * Texts of others in Markdown. All of them stand in code, inline or fenced, where GitHub, GitLab and Forgejo know neither markup nor HTML,
 * nor `@name`, `#1` or `/close`: nobody is called, nothing is linked, and no text ends the place that it stands in. Pure.
 */
import { escaped } from "../../model/printable.ts";
import type { Words } from "./words.ts";

/** Longest run of backticks in a text. */
function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}

/** One line, in code. An empty text is shown as such. */
export function code(text: string): string {
  const line = escaped(text);
  if (line.trim() === "") return "` `";
  const fence = "`".repeat(longestRun(line) + 1);
  // One blank on each side is taken away again; a text that begins or ends with a backtick needs it.
  const pad = /^[` ]|[` ]$/.test(line) ? " " : "";
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** Lines, in a fence of their own. `language`: `diff` colours what comes and goes. */
export function fenced(lines: readonly string[], language = "text"): string {
  const text = lines.map(escaped);
  const fence = "`".repeat(Math.max(3, ...text.map((line) => longestRun(line) + 1)));
  return [`${fence}${language}`, ...text, fence].join("\n");
}

export function markdown({ words }: Words): string {
  return words.map((piece) => (typeof piece === "string" ? piece : code(piece.quoted))).join("");
}

/** A part that is opened by a click. Blank lines: inside, Markdown is Markdown again. @param title of this program only */
export function folded(title: string, body: string): string {
  return `<details>\n<summary>${title}</summary>\n\n${body}\n\n</details>`;
}
