/** The workflow files of each forge, from the templates beside this file. */
import { readFileSync } from "node:fs";
import { CommandError, EXIT } from "../exit.ts";
import { stackName } from "../stack/names.ts";

export const FORGES = ["github", "gitlab", "forgejo"] as const;
export type ForgeName = (typeof FORGES)[number];

const FILES: Readonly<Record<ForgeName, Readonly<Record<string, string>>>> = {
  github: {
    ".github/workflows/multiwan-review.yml": "github-review.yaml",
    ".github/workflows/multiwan-apply.yml": "github-apply.yaml",
    ".github/workflows/multiwan-drift.yml": "github-drift.yaml",
  },
  gitlab: { ".gitlab/multiwan.yml": "gitlab.yaml" },
  forgejo: {
    ".forgejo/workflows/multiwan-review.yml": "forgejo-review.yaml",
    ".forgejo/workflows/multiwan-apply.yml": "forgejo-apply.yaml",
    ".forgejo/workflows/multiwan-drift.yml": "forgejo-drift.yaml",
  },
};

export interface WorkflowFile {
  /** Below the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/**
 * @param stacks with or without their organization and project
 * @param folder of the Pulumi project below the repository's root; "" for the root
 * @throws {CommandError} a name that is no stack's, or a folder that would mean something to a shell or to YAML
 */
export function workflowFiles(forge: ForgeName, stacks: readonly string[], folder = ""): readonly WorkflowFile[] {
  // What Pulumi allows, but for a dash in front, which is an option; no character of it means anything to a shell or to YAML.
  const wrong = stacks.filter(
    (name) => !/^(?:[A-Za-z0-9_.][A-Za-z0-9_.-]{0,99}\/){0,2}[A-Za-z0-9_.][A-Za-z0-9_.-]{0,99}$/.test(name),
  );
  if (wrong.length > 0) throw new CommandError(EXIT.usage, `${wrong.join(", ")}: not the name of a stack`);
  const files = Map.groupBy(new Set(stacks), stackName);
  const same = [...files.values()].find((all) => all.length > 1);
  if (same) throw new CommandError(EXIT.usage, `${same.join(", ")}: stacks of one name, which have one stack file`);
  if (!/^(?:[\w.][\w./-]*)?$/.test(folder))
    throw new CommandError(
      EXIT.usage,
      `the project's folder ${folder} has characters other than letters, digits, . _ - and /`,
    );
  return Object.entries(FILES[forge]).map(([path, name]) => ({
    path,
    text: filled(inFolder(template(name), folder), [...new Set(stacks)]),
  }));
}

/** Every script runs there. */
function inFolder(text: string, folder: string): string {
  if (folder === "") return text.replaceAll(/^.*\{\{(?:defaults|folder)\}\}.*\n/gm, "").replaceAll("{{below}}", "");
  return text
    .replaceAll("{{defaults}}", `defaults:\n  run: { working-directory: "${folder}" }`)
    .replaceAll("{{folder}}", folder)
    .replaceAll("{{below}}", `${folder}/`);
}

function filled(text: string, stacks: readonly string[]): string {
  const named = text
    .replaceAll("{{stacks}}", stacks.join(" "))
    .replaceAll("{{list}}", stacks.map((name) => JSON.stringify(name)).join(", "));
  // A script is indented by two more than the line that opens its block.
  return named.replaceAll(/^( *)(.*)\n\{\{(\w+)\}\}$/gm, (_, indent: string, opening: string, script: string) => {
    const lines = template(`${script}.sh`).trimEnd().split("\n");
    return [`${indent}${opening}`, ...lines.map((line) => `${indent}  ${line}`)].join("\n");
  });
}

function template(name: string): string {
  return readFileSync(new URL(`templates/${name}`, import.meta.url), "utf8");
}
