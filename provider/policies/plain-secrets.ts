/** Credentials that stand in clear in a stack file. A policy is shown secrets and plain values alike, so it takes the file. */
import { findProject, readYaml } from "../cli/stack/project.ts";
import { stackPath } from "../cli/stack/selected.ts";
import type { Violation } from "./seen.ts";

const CREDENTIALS = ["password", "privateKey", "privateKeyPassword"];

/** @param config of the stack file, where a secret is `{ secure: ... }`. Pure. */
export function plainSecrets(config: Readonly<Record<string, unknown>>): readonly Violation[] {
  const router = config["multiwan:router"];
  // The whole of it on one line, as `pulumi config set multiwan:router '{...}'` writes it.
  const settings = typeof router === "string" ? jsonOf(router) : router;
  return CREDENTIALS.filter((key) => typeof Object(settings)[key] === "string").map((key) => ({
    message: `multiwan:router.${key} is in clear: pulumi config set --secret --path multiwan:router.${key}, and take another one, since this one is in the history`,
  }));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `config` of the stack's file, of the project that `folder` lies in; undefined where there is no such file. */
export function stackConfig(folder: string, stack: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const file = stackPath(findProject(folder), stack);
    return file === undefined ? undefined : (Object(readYaml(file).config) as Record<string, unknown>);
  } catch {
    return undefined;
  }
}
