/** The command line as a whole: options that every subcommand takes, and how each of them is run and ends. */
import { existsSync, readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { NotUnderstood } from "../model/not-understood.ts";
import { RouterError } from "../ssh/errors.ts";
import { openSession, type Session } from "../ssh/session.ts";
import { routerName } from "../ssh/settings.ts";
import { COMMANDS } from "./commands/index.ts";
import type { Context, Engine, Run } from "./context.ts";
import { CommandError, EXIT, exitCodeOf } from "./exit.ts";
import { type Streams, screenOn } from "./screen.ts";
import { readStack, type Stack } from "./stack/config.ts";
import { findProject } from "./stack/project.ts";
import { type Pulumi, pulumi } from "./stack/pulumi.ts";
import { selectStack } from "./stack/selected.ts";

export interface Surroundings extends Streams {
  readonly stop: AbortSignal;
  readonly pulumi?: Pulumi;
}

interface Options {
  readonly stack?: string;
  readonly cwd: string;
  readonly json?: true;
  readonly color: boolean;
}

/** Runs `multiwan <argv>` and returns its exit code. Nothing is thrown, and the process is not ended. */
export async function multiwan(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { out, err, env } = surroundings;
  let code: number = EXIT.fine;
  const program = new Command("multiwan")
    .description("Look at a multi-WAN router, and prove what it does with a packet.")
    .option("-s, --stack <name>", "the stack, as in Pulumi.<name>.yaml (default: the one that is selected)")
    .option("-C, --cwd <folder>", "the folder of the Pulumi project", ".")
    .option("--json", "print JSON: shapes are in docs/command.md")
    .option("--no-color", "no colours (nor with NO_COLOR set, nor into a file)")
    .version(version(), "-V, --version", "print the version")
    .addHelpText("after", EPILOGUE)
    .configureHelp({ showGlobalOptions: true, sortSubcommands: true })
    .configureOutput({
      writeOut: (text) => out.write(text),
      writeErr: (text) => err.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showHelpAfterError("(--help shows how it is used)")
    .exitOverride();
  const run: Run = async (work) => {
    const { stack: name, cwd, json = false, color } = program.opts<Options>();
    const screen = screenOn({ out, err, env }, { json, colour: color });
    let stack: Stack | undefined;
    let session: Promise<Session> | undefined;
    const context: Context = {
      screen,
      env,
      get stop() {
        return surroundings.stop;
      },
      stack() {
        if (stack) return stack;
        stack = readStack({ cwd, stack: name, env, pulumi: surroundings.pulumi ?? pulumi });
        for (const note of stack.notes) screen.note(note);
        return stack;
      },
      session() {
        session ??= connect(this.stack());
        return session;
      },
      engine: () => engineOf(cwd, name, env, surroundings.pulumi ?? pulumi),
    };
    try {
      code = await work(context);
    } finally {
      await (await session?.catch(() => undefined))?.close();
    }
  };
  for (const add of COMMANDS) add(program, run);
  try {
    await program.parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
    const expected = exitCodeOf(error);
    if (expected === undefined) throw error;
    const { json = false } = program.opts<Options>();
    const screen = screenOn({ out, err, env }, { json, colour: false });
    const message = (error as Error).message;
    if (json) screen.print({ error: { message, exitCode: expected, ...kindOf(error) } });
    screen.note(`multiwan: ${message}`);
    return expected;
  }
}

/** Of the package: its package.json lies one folder nearer to the compiled files than to the sources. */
function version(): string {
  const file = ["../package.json", "../../package.json"]
    .map((path) => new URL(path, import.meta.url))
    .find((url) => existsSync(url));
  return file === undefined ? "unknown" : (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

function engineOf(cwd: string, name: string | undefined, env: Streams["env"], call: Pulumi): Engine {
  const project = findProject(cwd);
  const { stack } = selectStack(project, name, env, call);
  return {
    stack,
    project: project.name,
    run(args, output) {
      const answer = call([...args, "--stack", stack], project.dir, output);
      if (answer) return answer;
      throw new CommandError(EXIT.usage, "there is no pulumi on PATH: https://www.pulumi.com/docs/install/");
    },
  };
}

function kindOf(error: unknown): { kind?: string } {
  if (error instanceof RouterError) return { kind: error.kind };
  return error instanceof NotUnderstood ? { kind: "not-understood" } : {};
}

async function connect({ settings }: Stack): Promise<Session> {
  if (!settings.gone) return openSession(settings);
  const message = `${routerName(settings)} is declared gone (multiwan:router.gone): there is nothing to look at`;
  throw new CommandError(EXIT.usage, message);
}

const EPILOGUE = `
Exit codes: 0 fine; 1 what was asked about does not hold; 2 command line or stack file; 3 router not reachable;
4 the router could not do it, or was not understood; 5 cannot tell (with --strict); 6 the forge does not answer or refuses.

Examples:
  $ multiwan show                                  links, rules, tables and counters
  $ multiwan doctor --stack north                  what would go wrong on this router
  $ multiwan log on tcp 198.51.100.20 --for 5m     log one client's packets for a while`;
