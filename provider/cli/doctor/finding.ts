/** What doctor says: one sentence each, and what to do about it. */

/** `ok`: as it should be; `note`: good to know; `warning`: will bite some day; `problem`: does not work, or will be refused. */
export type Level = "ok" | "note" | "warning" | "problem";

export interface Finding {
  readonly level: Level;
  /** What it is about, in the order in which the groups are shown. */
  readonly about: "router" | "links" | "site" | "left behind" | "pitfalls" | "neighbours";
  readonly text: string;
  readonly todo?: string;
}

/** The same said of several resources is said once. */
export function unique(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [finding.text, finding])).values()];
}
