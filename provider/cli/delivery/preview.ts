/** A preview whose plan is kept for a moment, and the state that it is relative to. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readJson } from "../../ssh/settings.ts";
import type { Engine } from "../context.ts";
import { CommandError, EXIT } from "../exit.ts";
import type { Answer } from "../stack/pulumi.ts";
import { parsePlan, type SavedPlan } from "./saved-plan.ts";
import { parseState, type State } from "./state.ts";

/** What the state of now holds. @throws {CommandError} */
export function stateOf(engine: Engine): State {
  const answer = engine.run(["stack", "export"]);
  if (answer.code !== 0)
    throw new CommandError(
      EXIT.router,
      `pulumi stack export failed:\n${whyFailed(answer, `pulumi stack export --stack ${engine.stack}`)}`,
    );
  return parseState(answer.stdout);
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
    const answer = engine.run(["preview", "--json", "--save-plan", file]);
    const { code, stdout } = answer;
    if (code !== 0)
      throw new CommandError(
        EXIT.router,
        `pulumi preview failed, and nothing was changed:\n${whyFailed(answer, `pulumi preview --stack ${engine.stack}`)}`,
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

/**
 * Its errors; else what it wrote on stderr, of a policy that is violated nothing else tells; else its other messages, or its last lines; else
 * how to see more. The JSON itself holds the stack's config, with what is not marked as secret in clear: of that nothing is printed.
 * @param command that shows the same to a person
 */
export function whyFailed({ code, stdout, stderr }: Answer, command: string): string {
  const isJson = stdout.trimStart().startsWith("{");
  const plain = isJson ? "" : stdout.trim().split("\n").slice(-LAST).join("\n");
  const told = [
    said(stdout, "error", "info#err").join("\n"),
    [stderr.trim(), plain].filter((text) => text !== "").join("\n"),
    said(stdout, "warning", "info").slice(-LAST).join("\n"),
  ].find((text) => text !== "");
  return told ?? `it ended with exit code ${code} and did not say why: ${command} may show more`;
}

/** Lines or messages that are shown where nothing says which of them is the reason. */
const LAST = 20;

/** Its messages of these severities; none where it failed before its first resource and printed no JSON. */
function said(stdout: string, ...severities: readonly string[]): string[] {
  const own = messagesOf(stdout).filter(({ severity }) => severities.includes(severity));
  return [...new Set(own.map(({ message }) => message.trim()))].filter((text) => text !== "");
}

interface Message {
  readonly severity: string;
  readonly message: string;
}

/** Of one object, or of the stream of events that PULUMI_ENABLE_STREAMING_JSON_PREVIEW asks for. */
function messagesOf(stdout: string): readonly Message[] {
  const whole = readJson(stdout) as { diagnostics?: readonly Message[] } | undefined;
  if (whole) return (whole.diagnostics ?? []).filter(isMessage);
  return stdout
    .split("\n")
    .map((line) => Object(Object(readJson(line)).diagnosticEvent) as Message)
    .filter(isMessage);
}

function isMessage({ severity, message }: Message): boolean {
  return typeof severity === "string" && typeof message === "string";
}
