/** What is said beside the resources: each text about the router once in a run, and the drift of each resource. */
import { lineKey } from "../dialects/line-key.ts";
import { shortName } from "../model/owner.ts";
import { escaped } from "../model/printable.ts";
import type { Judged } from "../plan/judge.ts";
import { overtaken, sayOvertaken } from "../proof/overtaken.ts";
import { routerName } from "../ssh/settings.ts";
import type { Seen } from "../transact/router.ts";
import type { Run } from "./run.ts";

/** About the router, not about one resource: once in a run. */
export function warn({ warned, say }: Run, message: string): void {
  if (warned.has(message)) return;
  warned.add(message);
  say("warn", message);
}

/** What a person has to know of one resource on its router. */
export function warnOf(run: Run, { warnings, desired }: Judged, { snapshot, manifest }: Seen): void {
  const router = run.router();
  const name = routerName(router.settings);
  for (const warning of [...router.warnings, ...warnings]) warn(run, `${name}: ${warning}`);
  const keys = new Set(desired.map(lineKey));
  for (const one of overtaken(snapshot, manifest).filter(({ jump }) => keys.has(lineKey(jump))))
    warn(run, `${name}: drift: ${escaped(sayOvertaken(one))}`);
}

/** The CLI shows no more than `[diff: +drift]` unless asked with --diff: say the lines. */
export function report({ drifted, say }: Run, owner: string, drift: readonly string[]): void {
  if (drift.length === 0) return;
  drifted.add(owner);
  say("warn", `${shortName(owner)} has drifted:\n${drift.map((line) => `  ${line}`).join("\n")}`);
}
