/** Files that the command line names. */
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { CommandError, EXIT } from "./exit.ts";

/** @param from where it is read: 0 is standard input @throws {CommandError} */
export function readText(file: string, from: string | 0 = resolve(file)): string {
  try {
    return readFileSync(from, "utf8");
  } catch (error) {
    throw new CommandError(EXIT.usage, `cannot read ${file}: ${(error as Error).message}`);
  }
}

/** @param mode of a new file; default as the umask says @throws {CommandError} */
export function writeText(file: string, text: string, mode?: number): void {
  try {
    writeFileSync(resolve(file), text, { mode });
  } catch (error) {
    throw new CommandError(EXIT.usage, `cannot write ${file}: ${(error as Error).message}`);
  }
}
