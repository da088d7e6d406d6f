/** What a played tape comes to, as a text that `diff` can compare line by line: nothing in it depends on what took how long. */
import { isDeepStrictEqual } from "node:util";
import type { Script } from "../../provider/dialects/script.ts";
import { snapshotScript } from "../../provider/observe/snapshot-script.ts";
import { formatManifest } from "../../provider/plan/manifest.ts";
import type { Plan } from "../../provider/plan/plan.ts";
import { withoutNonces } from "./fixed.ts";

/** In the place of all random numbers. */
export const NUMBER = "0000nonce0000";
/** The longest part of most scripts, and always the same. */
const READING = snapshotScript(NUMBER).text;

export type Call = "check" | "diff" | "create" | "update" | "delete" | "read";
const CALLS: readonly Call[] = ["check", "diff", "read", "create", "update", "delete"];

interface Called {
  readonly owner: string;
  readonly call: Call;
  readonly text: string;
}

export class Transcript {
  readonly #lines: string[] = [];
  #called: Called[] = [];
  #went: string[] = [];

  heading(text: string): void {
    this.#lines.push("", `##### ${text}`);
  }

  say(title: string, text: string): void {
    this.#lines.push(`--- ${title}`, ...indented(text));
  }

  /** Resources are asked side by side: in the text each has its place. */
  called(owner: string, call: Call, text: string): void {
    this.#called.push({ owner, call, text });
  }

  planned(plan: Plan): void {
    const { steps, manifest, head, boot, clears, empty, notes = [] } = plan;
    this.#went.push(
      `--- plan: ${empty ? "nothing" : `${steps.length} steps`}${clears ? ", clears what failed rollbacks left" : ""}`,
    );
    for (const { phase, owners, what, run, undo, test, files = {}, disk } of steps) {
      this.#went.push(`  ${phase} ${what}${disk ? " (disk)" : ""} [${owners.join(", ")}]`);
      const parts = { run, undo, ...(test !== undefined && { test }), ...files };
      for (const [name, text] of Object.entries(parts)) this.#went.push(...block(`    ${name}`, text));
    }
    for (const note of notes) this.#went.push(`  note: ${note}`);
    this.#went.push(...block("  manifest", manifest.size === 0 ? "" : formatManifest(manifest, head)));
    this.#went.push(...block("  boot file", boot === undefined ? "as it is" : boot));
  }

  /** Bodies by their names, which are hashes of their texts. */
  sent(what: string, { text, bodies }: Script): void {
    const known = withoutNonces(text, NUMBER).replace(READING, "[the script that reads a router]");
    this.#went.push(
      `--- sent: ${what}`,
      ...indented(
        `${bodies
          .map(
            ({ name }) => `${name}
`,
          )
          .join("")}${known}`,
      ),
    );
  }

  remark(text: string): void {
    this.#went.push(`!!! ${text}`);
  }

  /** The end of a run: what was asked of the resources, by resource; then what went over the channel, in its order. */
  ran(text: string): void {
    const owners = [...new Set(this.#called.map(({ owner }) => owner))].sort();
    for (const owner of owners) {
      this.#lines.push(`--- ${owner}`);
      for (const call of CALLS)
        for (const one of this.#called.filter((called) => called.owner === owner && called.call === call))
          this.#lines.push(...block(`  ${call}`, one.text));
    }
    this.#lines.push(...this.#went);
    this.say("said", [...new Set(text.split("\n"))].join("\n"));
    [this.#called, this.#went] = [[], []];
  }

  toString(): string {
    return `${withoutNonces(this.#lines.join("\n"), NUMBER).trimStart()}\n`;
  }
}

const indented = (text: string): string[] =>
  text === ""
    ? []
    : text
        .replace(/\n$/, "")
        .split("\n")
        .map((line) => `  ${line}`);

function block(name: string, text: string): string[] {
  const lines = text.split("\n");
  const deeper = `${/^ */.exec(name)![0]}  | `;
  return lines.length === 1 ? [`${name}: ${text}`] : [`${name}:`, ...lines.map((line) => `${deeper}${line}`)];
}

/** Values as lines: a text of several lines is shown as such. With `than`, only what differs from that. */
export function shown(value: Readonly<Record<string, unknown>>, than?: Readonly<Record<string, unknown>>): string {
  const lines = Object.keys(value)
    .sort()
    .filter((key) => than === undefined || !isDeepStrictEqual(value[key], than[key]))
    .flatMap((key) => linesOf(key, value[key]));
  const gone = Object.keys(than ?? {}).filter((key) => !(key in value) && than![key] !== undefined);
  return [...lines, ...gone.sort().map((key) => `without ${key}`)].join("\n");
}

function linesOf(key: string, value: unknown): string[] {
  if (typeof value === "string") return block(key, value);
  if (Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string"))
    return [`${key}:`, ...value.flatMap((one: string) => block("  -", one))];
  return [`${key}: ${JSON.stringify(value)}`];
}
