/** Credentials that stand in clear in a stack file. A policy is shown secrets and plain values alike, so it takes the file. */

import { DYNAMIC_PROVIDER, isDefaultProvider, stackName } from "../cli/stack/names.ts";
import { findProject, readYaml } from "../cli/stack/project.ts";
import { stackPath } from "../cli/stack/selected.ts";
import { readJson } from "../ssh/settings.ts";
import type { Seen, Violation } from "./seen.ts";

const CREDENTIALS = ["password", "privateKey", "privateKeyPassword"];

/** @param config of the stack file, where a secret is `{ secure: ... }`. Pure. */
export function plainSecrets(config: Readonly<Record<string, unknown>>): readonly Violation[] {
  const router = config["multiwan:router"];
  // The whole of it on one line, as `pulumi config set multiwan:router '{...}'` writes it.
  const settings = typeof router === "string" ? readJson(router) : router;
  return CREDENTIALS.filter((key) => typeof Object(settings)[key] === "string").map((key) => ({
    message: `multiwan:router.${key} is in clear: pulumi config set --secret --path multiwan:router.${key}, and take another one, since this one is in the history`,
  }));
}

/** Where a stack file may be. */
export interface Place {
  /** Of the project, or below it; "" where nobody says. */
  readonly folder: string;
  readonly stack: string;
  /** Instead of the stack's own. */
  readonly configFile?: string;
}

/** @returns `config` of the file, or a sentence on why there is none to look into */
export function stackConfig({ folder, stack, configFile }: Place): StackConfig {
  try {
    const file = configFile ?? stackPath(findProject(folder), stackName(stack));
    if (file === undefined) return { why: `the stack ${stack} has no file in the project of ${folder}` };
    return { config: Object(readYaml(file).config) as Record<string, unknown> };
  } catch (error) {
    return { why: (error as Error).message };
  }
}

export type StackConfig = { readonly config: Readonly<Record<string, unknown>> } | { readonly why: string };

/**
 * Of a stack whose file is not found nobody can say that it holds nothing in clear. One without `multiwan:router` needs none: its program
 * declares the routers.
 */
export function unlookedAt(resources: readonly Seen[], why: string): readonly Violation[] {
  const isConfigured = resources.some(
    ({ type, urn, props }) =>
      type === DYNAMIC_PROVIDER && isDefaultProvider(urn) && props["multiwan:router"] !== undefined,
  );
  return isConfigured
    ? [
        {
          message: `nobody has looked for credentials in clear: ${why}. Call pulumi in the project, or make this policy advisory`,
        },
      ]
    : [];
}
