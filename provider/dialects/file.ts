import type { FileLine } from "../model/line.ts";
import { NotUnderstood } from "../model/not-understood.ts";

/** `file /etc/multiwan/load 0755`, then each line of its text behind `| `. */
export function formatFile({ path, mode, text }: FileLine): readonly string[] {
  return [
    `file ${path} ${mode}`,
    ...text
      .replace(/\n$/, "")
      .split("\n")
      .map((line) => `| ${line}`),
  ];
}

/** The inverse, from the head line and the lines of text behind it. */
export function parseFile(head: string, body: readonly string[]): FileLine {
  const found = /^file (\/\S+) ([0-7]{4}|link)$/.exec(head);
  if (!found) throw new NotUnderstood("file", head);
  return { kind: "file", path: found[1]!, mode: found[2]!, text: body.map((line) => `${line.slice(2)}\n`).join("") };
}
