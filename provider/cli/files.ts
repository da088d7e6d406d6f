/** Files that the command line names. */
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { CommandError, EXIT } from "./exit.ts";

/** @throws {CommandError} */
export function readText(file: string): string {
  try {
    return readFileSync(resolve(file), "utf8");
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** Standard input to its end. A pipe does not block: whoever writes it may take its time. @throws {CommandError} */
export async function readInput(): Promise<string> {
  try {
    return await text(process.stdin);
  } catch (error) {
    throw unreadable("standard input", error);
  }
}

function unreadable(file: string, error: unknown): CommandError {
  return new CommandError(EXIT.usage, `cannot read ${file}: ${(error as Error).message}`);
}

/** @param mode of a new file; default as the umask says @throws {CommandError} */
export function writeText(file: string, content: string, mode?: number): void {
  try {
    writeFileSync(resolve(file), content, { mode });
  } catch (error) {
    throw new CommandError(EXIT.usage, `cannot write ${file}: ${(error as Error).message}`);
  }
}
