/** Where Pulumi comes from: PATH, else npx, and only where neither has it the stand-in of the tests. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Engine } from "../../test/drive/index.ts";

export interface Chosen {
  readonly engine: Engine;
  /** How to call the CLI. */
  readonly pulumi: readonly string[];
  /** One line for the user. */
  readonly note: string;
}

/** The CLI is a download of about 200 MB; a place without a way out answers at once, a blocked one not at all. */
const DOWNLOAD_LIMIT = 240_000;

/** @param stopped ends whatever is being asked */
export async function chooseEngine(asked: Engine | undefined, stopped: AbortSignal): Promise<Chosen> {
  const standIn = (why: string): Chosen => ({
    engine: "stand-in",
    pulumi: [],
    note: `Engine: the stand-in of test/engine instead of the Pulumi CLI (${why}).`,
  });
  if (asked === "stand-in") return standIn("as asked");
  const own = await versionOf(["pulumi"], stopped);
  if (own !== undefined) return { engine: "pulumi", pulumi: ["pulumi"], note: `Engine: Pulumi CLI ${own} from PATH.` };
  const other = await fromNpx(stopped);
  if (other !== undefined) return other;
  if (asked === "pulumi")
    throw new Error("There is no pulumi on PATH, and npx cannot have it: https://www.pulumi.com/docs/install/");
  return standIn("there is none on PATH, and npx cannot have it");
}

/** npx's launcher looks for the CLI in PULUMI_HOME, which is a fresh one for each run of the demo: so its own path. */
async function fromNpx(stopped: AbortSignal): Promise<Chosen | undefined> {
  const version = await versionOf(["npx", "--yes", "pulumi"], stopped);
  if (version === undefined) return undefined;
  const home = process.env.PULUMI_HOME ?? join(homedir(), ".pulumi");
  const bin = join(home, "versions", process.env.PULUMI_VERSION ?? version.replace(/^v/, ""), "bin");
  if (!existsSync(join(bin, "pulumi"))) return undefined;
  // Its language host stands beside it.
  process.env.PATH = `${bin}:${process.env.PATH}`;
  return { engine: "pulumi", pulumi: [join(bin, "pulumi")], note: `Engine: Pulumi CLI ${version} from npx.` };
}

/** Undefined where there is none that runs. */
async function versionOf([file, ...args]: [string, ...string[]], signal: AbortSignal): Promise<string | undefined> {
  const limits = { timeout: DOWNLOAD_LIMIT, killSignal: "SIGKILL", signal } as const;
  try {
    const { stdout } = await promisify(execFile)(file, [...args, "version"], limits);
    return /^v\d\S*$/m.exec(stdout)?.[0];
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
