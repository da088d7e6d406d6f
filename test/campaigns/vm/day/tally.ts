/** What held, what did not, and what was measured, as it comes and at the end. */
import { appendFileSync } from "node:fs";

export interface Tally {
  /** On the terminal and in the log. */
  say(text: string): void;
  /** In the log only. */
  log(text: string): void;
  check(what: string, good: boolean, detail?: string): void;
  measure(what: string, value: string | number): void;
  /** The table of what was measured, and the counts. @returns whether everything held */
  end(): boolean;
}

export function newTally(logFile: string): Tally {
  let passed = 0;
  const failed: string[] = [];
  const measured: [string, string][] = [];
  const log = (text: string) => appendFileSync(logFile, `${text}\n`);
  const say = (text: string) => {
    console.log(text);
    log(text);
  };
  return {
    ...{ say, log },
    check: (what, good, detail = "") => {
      if (good) passed++;
      else failed.push(what);
      const why = good || detail === "" ? "" : `\n${detail.replace(/^/gm, "          ")}`;
      say(`${good ? "  ok  " : "FAILED"}  ${what}${why}`);
    },
    measure: (what, value) => {
      const text = typeof value === "number" ? value.toFixed(2) : value;
      measured.push([what, text]);
      say(`        ${what}: ${text}`);
    },
    end: () => {
      say(`\n${measured.map(([what, value]) => `| ${what} | ${value} |`).join("\n")}`);
      say(`\n${passed} passed, ${failed.length} failed`);
      for (const what of failed) say(`FAILED: ${what}`);
      return failed.length === 0;
    },
  };
}
