import { NotUnderstood } from "../model/not-understood.ts";

export interface Section {
  readonly text: string;
  readonly exitCode: number;
}

/** By the names that the script gives them. */
export type Sections = ReadonlyMap<string, Section>;
/** Of the section `facts`. */
export type Facts = ReadonlyMap<string, string>;

/** The sections of the snapshot script's output by name, each with the bytes that its commands printed. */
export function splitSections(output: string, nonce: string): Sections {
  const sections = new Map<string, Section>();
  const mark = new RegExp(`\\n@@${nonce} (\\S+) (\\d{1,3})\\n`, "g");
  let from = 0;
  for (const match of output.matchAll(mark)) {
    sections.set(match[1]!, { text: output.slice(from, match.index), exitCode: Number(match[2]) });
    from = match.index + match[0].length;
  }
  if (!sections.has("begin") || !sections.has("end")) {
    throw new NotUnderstood("snapshot", output.slice(-200), "not complete");
  }
  return sections;
}

/** Lines `key value` as a map; a key that comes twice keeps its last value. */
export function readPairs(text: string): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const line of text.split("\n")) {
    const blank = line.indexOf(" ");
    if (blank > 0) pairs.set(line.slice(0, blank), line.slice(blank + 1));
  }
  return pairs;
}

/** Has the router a command of that name? */
export function hasTool(sections: Sections, tool: string): boolean {
  return (sections.get("facts")?.text ?? "").split("\n").includes(`tool ${tool}`);
}
