/** What the demo prints, besides Pulumi's own output. Colours only on a terminal. */
import Table from "cli-table3";
import pc from "picocolors";

export const colours = process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";
const c = pc.createColors(colours);

export const mark = (ok: boolean): string => (ok ? c.green("ok") : c.red("FAILED"));
export const dim = (text: string): string => c.dim(text);

let step = 0;

export function heading(title: string): void {
  console.log(`\n${c.bold(c.cyan(`== ${++step}. ${title}`))}`);
}

export function say(text: string): void {
  console.log(text);
}

/** A command as its user would type it, and where. */
export function command(text: string, where = "operator"): void {
  console.log(`\n${c.dim(`${where}$`)} ${c.bold(text)}`);
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const drawn = new Table({
    head: head.map((text) => c.bold(text)),
    style: { head: [], border: [], compact: true, "padding-left": 1, "padding-right": 1 },
  });
  drawn.push(...rows.map((row) => [...row]));
  console.log(drawn.toString());
}

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

const checks: Check[] = [];

/** Says at once how it went, and once more in the summary. */
export function check(name: string, ok: boolean, detail = ""): boolean {
  checks.push({ name, ok, detail });
  console.log(`${mark(ok)}  ${name}${detail ? c.dim(`  (${detail})`) : ""}`);
  return ok;
}

/** The table of all checks; true if none failed. */
export function summary(seconds: number): boolean {
  const failed = checks.filter(({ ok }) => !ok).length;
  heading("Summary");
  table(
    ["check", "seen", "result"],
    checks.map(({ name, detail, ok }) => [name, detail, mark(ok)]),
  );
  const count = `${checks.length - failed} of ${checks.length} checks passed in ${seconds.toFixed(0)} s`;
  console.log(failed === 0 ? c.green(count) : c.red(count));
  return failed === 0;
}
