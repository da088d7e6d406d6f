/** Where Pulumi comes from: PATH, else npx, and only where neither has it the stand-in of the tests. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type Engine, hasPulumi } from "../../test/drive/index.ts";

export interface Chosen {
  readonly engine: Engine;
  /** How to call the CLI. */
  readonly pulumi: readonly string[];
  /** One line for the user. */
  readonly note: string;
}

/** The CLI is a download of about 200 MB; a place without a way out answers at once, a blocked one not at all. */
const DOWNLOAD_LIMIT = 240_000;

export function chooseEngine(asked: Engine | undefined): Chosen {
  const standIn = (why: string): Chosen => ({
    engine: "stand-in",
    pulumi: [],
    note: `Engine: the stand-in of test/engine instead of the Pulumi CLI (${why}).`,
  });
  if (asked === "stand-in") return standIn("as asked");
  if (hasPulumi()) return { engine: "pulumi", pulumi: ["pulumi"], note: `Engine: ${versionOf("pulumi")} from PATH.` };
  const cli = fromNpx();
  if (cli !== undefined) return { engine: "pulumi", pulumi: [cli], note: `Engine: ${versionOf(cli)} from npx.` };
  if (asked === "pulumi")
    throw new Error("There is no pulumi on PATH, and npx cannot have it: https://www.pulumi.com/docs/install/");
  return standIn("there is none on PATH, and npx cannot have it");
}

/** npx's launcher looks for the CLI in PULUMI_HOME, which is a fresh one for each run of the demo: so its own path. */
function fromNpx(): string | undefined {
  const { status, stdout } = spawnSync("npx", ["--yes", "pulumi", "version"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    timeout: DOWNLOAD_LIMIT,
    killSignal: "SIGKILL",
  });
  const version = /^v(\S+)$/m.exec(stdout ?? "")?.[1];
  if (status !== 0 || version === undefined) return undefined;
  const home = process.env.PULUMI_HOME ?? join(homedir(), ".pulumi");
  const bin = join(home, "versions", process.env.PULUMI_VERSION ?? version, "bin");
  if (!existsSync(join(bin, "pulumi"))) return undefined;
  // Its language host stands beside it.
  process.env.PATH = `${bin}:${process.env.PATH}`;
  return join(bin, "pulumi");
}

function versionOf(pulumi: string): string {
  return `Pulumi CLI ${spawnSync(pulumi, ["version"], { encoding: "utf8" }).stdout.trim()}`;
}
