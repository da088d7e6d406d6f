/** What is said beside the resources, on the lines above them. */

import * as pulumi from "@pulumi/pulumi";
import { lineKey } from "../dialects/line-key.ts";
import { shortName } from "../model/owner.ts";
import { escaped, escapedLines } from "../model/printable.ts";
import type { Judged } from "../plan/judge.ts";
import { overtaken, sayOvertaken } from "../proof/overtaken.ts";
import { routerName } from "../ssh/settings.ts";
import type { Router, Seen } from "../transact/router.ts";
import { drifted, warned } from "./process.ts";

/** About the router, not about one resource: once per process. */
export function warn(message: string): void {
  if (warned.has(message)) return;
  warned.add(message);
  say("warn", message);
}

/** What a person has to know of one resource on its router. */
export function warnOf({ warnings, desired }: Judged, { snapshot, manifest }: Seen, router: Router): void {
  const name = routerName(router.settings);
  for (const warning of [...router.warnings, ...warnings]) warn(`${name}: ${warning}`);
  const keys = new Set(desired.map(lineKey));
  for (const one of overtaken(snapshot, manifest).filter(({ jump }) => keys.has(lineKey(jump))))
    warn(`${name}: drift: ${escaped(sayOvertaken(one))}`);
}

/** The CLI shows no more than `[diff: +drift]` unless asked with --diff: say the lines. */
export function report(owner: string, drift: readonly string[]): void {
  if (drift.length === 0) return;
  drifted.add(owner);
  say("warn", `${shortName(owner)} has drifted:\n${drift.map((line) => `  ${line}`).join("\n")}`);
}

const pending = new Set<Promise<void>>();

export function say(severity: "warn" | "info", message: string): void {
  const saying = pulumi.log[severity](escapedLines(message)).catch(() => {});
  pending.add(saying);
  void saying.then(() => pending.delete(saying));
}

/** The engine has it all: it may end the run with the next answer. */
export async function said(): Promise<void> {
  await Promise.all(pending);
}
