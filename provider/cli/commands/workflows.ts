import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { Argument } from "commander";
import type { Subcommand } from "../context.ts";
import { CommandError, EXIT } from "../exit.ts";
import type { Screen } from "../screen.ts";
import { stackName } from "../stack/names.ts";
import { findProject } from "../stack/project.ts";
import { FORGES, type ForgeName, type WorkflowFile, workflowFiles } from "../workflows/render.ts";

interface Options {
  readonly dir?: string;
  readonly force?: true;
  readonly print?: true;
}

export const workflows: Subcommand = (program, run) => {
  program
    .command("workflows")
    .addArgument(new Argument("<forge>", "whose files").choices(FORGES))
    .argument("[stacks...]", "the stacks that they preview and apply (default: the one that is selected)")
    .description(
      "Write workflows that review a change, apply the reviewed plan on merge, and look for drift every night.",
    )
    .option("-d, --dir <folder>", "the root of the repository (default: the nearest folder above with a .git)")
    .option("-f, --force", "write over files that differ")
    .option("-p, --print", "print them, and write nothing")
    .addHelpText(
      "after",
      `
Which secrets and variables they need is in docs/delivery.md. Files that differ are left alone, all of them, unless --force is given.

Examples:
  $ multiwan workflows github north south
  $ multiwan workflows gitlab --print`,
    )
    .action((forge: ForgeName, named: string[], options: Options) =>
      run(async (context) => {
        const { screen } = context;
        const stacks = named.length > 0 ? named : [stackName(context.engine().stack)];
        const cwd = resolve(program.opts<{ cwd: string }>().cwd);
        const root = resolve(options.dir ?? repositoryAbove(cwd) ?? cwd);
        const files = workflowFiles(forge, stacks, projectBelow(root, cwd));
        if (options.print) printFiles(screen, files);
        else printDone(screen, write(files, root, options.force === true));
        return EXIT.fine;
      }),
    );
};

function printFiles(screen: Screen, files: readonly WorkflowFile[]): void {
  screen.tell(files, () => {
    for (const { path, text } of files) screen.lines([`# ${path}`, ...lines(text)]);
  });
}

function printDone(screen: Screen, done: readonly Done[]): void {
  screen.tell(done, () => {
    for (const { path, state } of done) screen.line(`${state.padEnd(9)}  ${path}`);
  });
}

/** A clone has a folder of that name, and a work tree a file. */
function repositoryAbove(folder: string): string | undefined {
  if (existsSync(join(folder, ".git"))) return folder;
  return folder === dirname(folder) ? undefined : repositoryAbove(dirname(folder));
}

/** The project's folder as the runner finds it; "" where it is the root, or not below it. */
function projectBelow(root: string, cwd: string): string {
  let dir: string;
  try {
    ({ dir } = findProject(cwd));
  } catch {
    // Stacks that are named need no project yet.
    return "";
  }
  const path = relative(root, dir).split(sep).join("/");
  return path.startsWith("..") ? "" : path;
}

interface Done {
  readonly path: string;
  readonly state: "written" | "unchanged";
}

/** All of them or none. @throws {CommandError} a file of another content is there */
function write(files: readonly WorkflowFile[], dir: string, force: boolean): Done[] {
  const there = (path: string) => (existsSync(join(dir, path)) ? readFileSync(join(dir, path), "utf8") : undefined);
  const differ = files.filter(({ path, text }) => ![undefined, text].includes(there(path)));
  if (differ.length > 0 && !force)
    throw new CommandError(
      EXIT.usage,
      `${differ.map(({ path }) => path).join(", ")}: there already, with another content. Nothing was written; --force writes over it`,
    );
  return files.map(({ path, text }) => {
    if (there(path) === text) return { path, state: "unchanged" };
    try {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), text);
    } catch (error) {
      throw new CommandError(EXIT.usage, `cannot write ${path}: ${(error as Error).message}`);
    }
    return { path, state: "written" };
  });
}

function lines(text: string): readonly string[] {
  return [...text.trimEnd().split("\n"), ""];
}
