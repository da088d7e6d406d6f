/** Which stack is meant, and its file. */
import { createHash } from "node:crypto";
import { existsSync, globSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { CommandError, EXIT } from "../exit.ts";
import { stackName } from "./names.ts";
import { type Project, readYaml } from "./project.ts";
import type { Pulumi } from "./pulumi.ts";

export interface StackFile {
  /** As the Pulumi CLI is told it: `north`, or `org/project/north`. */
  readonly stack: string;
  readonly path: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The stack that `--stack` names; else PULUMI_STACK; else the one that the Pulumi CLI has selected, or, where there is no
 * CLI, what it wrote down when it was; else the only one that has a file.
 * @throws {CommandError} none can be told, or it has no file
 */
export function selectStack(project: Project, wanted: string | undefined, env: Env, pulumi: Pulumi): StackFile {
  const named = wanted ?? (env.PULUMI_STACK || undefined);
  if (named !== undefined) return fileOf(project, named);
  const answer = pulumi(["stack", "--show-name"], project.dir);
  const selected =
    answer?.code === 0 ? answer.stdout.trim() : answer === undefined ? remembered(project, env) : undefined;
  if (selected) return fileOf(project, selected);
  const all = stackNames(project);
  if (all.length === 1) return fileOf(project, all[0]!);
  throw new CommandError(
    EXIT.usage,
    all.length === 0
      ? `no Pulumi.<stack>.yaml in ${project.stackDir}`
      : `which stack? Name it with --stack: ${all.join(", ")}`,
  );
}

function stackNames({ stackDir }: Project): string[] {
  return globSync(join(stackDir, "Pulumi.*.{yaml,yml}"))
    .map((path) => basename(path).replace(/^Pulumi\.(.*)\.ya?ml$/, "$1"))
    .sort();
}

/** @param name without organization and project @returns undefined where the stack has no file */
export function stackPath({ stackDir }: Project, name: string): string | undefined {
  return [".yaml", ".yml"].map((end) => join(stackDir, `Pulumi.${name}${end}`)).find((path) => existsSync(path));
}

function fileOf(project: Project, stack: string): StackFile {
  const name = stackName(stack);
  const path = stackPath(project, name);
  if (path !== undefined) return { stack, path };
  const all = stackNames(project);
  const others = all.length === 0 ? "" : `; there are ${all.join(", ")}`;
  throw new CommandError(
    EXIT.usage,
    `the stack ${name} has no file Pulumi.${name}.yaml in ${project.stackDir}${others}`,
  );
}

/** The CLI's own note: ~/.pulumi/workspaces/<project>-<SHA-1 of Pulumi.yaml's path>-workspace.json. */
function remembered({ name, file }: Project, env: Env): string | undefined {
  const home = env.PULUMI_HOME || join(homedir(), ".pulumi");
  const hash = createHash("sha1").update(file).digest("hex");
  const path = join(home, "workspaces", `${name}-${hash}-workspace.json`);
  if (!existsSync(path)) return undefined;
  const { stack, stacks } = readYaml(path);
  const all = [stack, ...Object.values(Object(stacks))].filter((one) => typeof one === "string" && one !== "");
  // One per backend: with several, which of them is in use is not written there.
  return all.length === 1 ? (all[0] as string) : undefined;
}
