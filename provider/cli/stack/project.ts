/** The Pulumi project that the command was called in: the nearest Pulumi.yaml, as the Pulumi CLI looks for it. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import yaml from "js-yaml";
import { CommandError, EXIT } from "../exit.ts";

export interface Project {
  readonly name: string;
  /** The folder of Pulumi.yaml. */
  readonly dir: string;
  readonly file: string;
  /** The folder of the stack files: `stackConfigDir`, else that of Pulumi.yaml. */
  readonly stackDir: string;
}

const NAMES = ["Pulumi.yaml", "Pulumi.yml"];

/** @throws {CommandError} there is none, or it cannot be read */
export function findProject(cwd: string): Project {
  const start = resolve(cwd);
  for (let dir = start; ; dir = dirname(dir)) {
    const file = NAMES.map((name) => join(dir, name)).find((path) => existsSync(path));
    if (file !== undefined) return readProject(dir, file);
    if (dir === dirname(dir)) break;
  }
  throw new CommandError(
    EXIT.usage,
    `no Pulumi.yaml in ${start} or above: go to the project's folder, or name it with --cwd`,
  );
}

function readProject(dir: string, file: string): Project {
  const { name, stackConfigDir } = readYaml(file);
  if (typeof name !== "string" || name === "") throw new CommandError(EXIT.usage, `${file} has no name`);
  return { name, dir, file, stackDir: typeof stackConfigDir === "string" ? resolve(dir, stackConfigDir) : dir };
}

/** A YAML file that holds an object; {} for an empty one. Dates and the like become what they are in JSON. */
export function readYaml(file: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(JSON.stringify(yaml.load(readFileSync(file, "utf8")) ?? {}));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (error) {
    // The message of the parser without its picture of the text, which may hold a password.
    const why =
      error instanceof yaml.YAMLException ? `${error.reason} (line ${error.mark.line + 1})` : (error as Error).message;
    throw new CommandError(EXIT.usage, `cannot read ${file}: ${why}`);
  }
  throw new CommandError(EXIT.usage, `cannot read ${file}: it must be a group of settings`);
}
