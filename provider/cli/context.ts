/** What subcommands are made of, and what they work with. */
import type { Command } from "commander";
import type { Session } from "../ssh/session.ts";
import type { ExitCode } from "./exit.ts";
import type { Screen, Streams } from "./screen.ts";
import type { Stack } from "./stack/config.ts";
import type { Answer, Output } from "./stack/pulumi.ts";

/** What a subcommand works with. */
export interface Context {
  readonly screen: Screen;
  readonly env: Streams["env"];
  /** The stack file, read on the first call. */
  stack(): Stack;
  /** The one connection, made on the first call and closed at the end. @throws {RouterError} */
  session(): Promise<Session>;
  /** The Pulumi CLI, in the project's folder and for the stack. @throws {CommandError} there is none, or no stack is selected */
  engine(): Engine;
  /** Aborted when the person presses Ctrl-C, for who has something to tidy up. Whoever never asks for it is just ended. */
  readonly stop: AbortSignal;
}

export interface Engine {
  /** As the Pulumi CLI is told it. */
  readonly stack: string;
  readonly project: string;
  /** Runs `pulumi ARGS --stack STACK`. */
  run(args: readonly string[], output?: Output): Answer;
}

/** Runs a subcommand's work and takes its exit code. */
export type Run = (work: (context: Context) => Promise<ExitCode>) => Promise<void>;

/** One subcommand: a file in commands/, in the list of commands/index.ts. */
export type Subcommand = (program: Command, run: Run) => void;
