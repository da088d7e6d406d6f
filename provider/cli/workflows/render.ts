/** The workflow files of each forge, from the templates beside this file. */
import { readFileSync } from "node:fs";
import { CommandError, EXIT } from "../exit.ts";

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

/** @throws {CommandError} a name that is no stack's */
export function workflowFiles(forge: ForgeName, stacks: readonly string[]): readonly WorkflowFile[] {
  // What Pulumi allows, but for a dash in front, which is an option; no character of it means anything to a shell or to YAML.
  const wrong = stacks.filter((name) => !/^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,99}$/.test(name));
  if (wrong.length > 0) throw new CommandError(EXIT.usage, `${wrong.join(", ")}: not the name of a stack`);
  return Object.entries(FILES[forge]).map(([path, name]) => ({
    path,
    text: filled(template(name), [...new Set(stacks)]),
  }));
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
