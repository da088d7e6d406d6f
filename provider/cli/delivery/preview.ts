/** A preview whose plan is kept for a moment, and the state that it is relative to. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandError, EXIT } from "../exit.ts";
import type { Engine } from "../program.ts";
import { parsePlan, type SavedPlan } from "./saved-plan.ts";
import { parseState, type State } from "./state.ts";

/** What the state of now holds. @throws {CommandError} */
export function stateOf(engine: Engine): State {
  const { code, stdout, stderr } = engine.run(["stack", "export"]);
  if (code !== 0) throw new CommandError(EXIT.router, `pulumi stack export failed: ${stderr.trim()}`);
  return parseState(stdout);
}

export interface Previewed {
  readonly plan: SavedPlan;
  /** What it warned of. */
  readonly warnings: readonly string[];
}

/** One `pulumi preview`, which logs in to the router once and only reads. @throws {CommandError} what it said */
export function previewed(engine: Engine): Previewed {
  return inFolder((folder) => {
    const file = join(folder, "plan.json");
    const { code, stdout, stderr } = engine.run(["preview", "--json", "--save-plan", file]);
    const errors = said(stdout, "error");
    if (code !== 0)
      throw new CommandError(
        EXIT.router,
        `pulumi preview failed, and nothing was changed:\n${errors.length > 0 ? errors.join("\n") : withoutJson(stdout, stderr)}`,
      );
    return { plan: parsePlan(readFileSync(file, "utf8"), file), warnings: said(stdout, "warning") };
  });
}

/** Runs with a folder that only this user can look into, and removes it. */
export function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "multiwan-plan-"));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The JSON holds the stack's config, with what is not marked as secret in clear: of a policy that is violated only stderr tells. */
function withoutJson(stdout: string, stderr: string): string {
  return (stdout.trimStart().startsWith("{") ? stderr : `${stderr}${stdout}`).trim();
}

/** Its messages of one severity; none where it failed before its first resource and printed no JSON. */
function said(stdout: string, severity: "warning" | "error"): string[] {
  try {
    const { diagnostics = [] } = JSON.parse(stdout) as { diagnostics?: { severity: string; message: string }[] };
    const own = diagnostics.filter((one) => one.severity === severity).map(({ message }) => message.trim());
    return [...new Set(own)];
  } catch {
    return [];
  }
}
