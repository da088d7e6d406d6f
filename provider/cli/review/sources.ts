/** Where previews come from: files, standard input, or a preview of its own. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { CommandError, EXIT } from "../exit.ts";
import type { Pulumi } from "../stack/pulumi.ts";
import { parsePreview } from "./digest.ts";
import type { Preview } from "./preview.ts";

export interface Source {
  /** The site's name where the preview does not say it. */
  readonly name: string;
  readonly preview: Preview;
}

/** @throws {CommandError} a file that cannot be read, or is no preview */
export function fromFile(file: string): Source {
  let text: string;
  try {
    text = readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (error) {
    throw new CommandError(EXIT.usage, `cannot read ${file}: ${(error as Error).message}`);
  }
  const name = file === "-" ? "standard input" : basename(file).replace(/\.json$/, "");
  return { name, preview: previewFrom(text, file === "-" ? name : file) };
}

/** Runs `pulumi preview --json`. A preview that is refused is one to be reviewed. */
export function ownPreview(pulumi: Pulumi, stack: string, dir: string, savePlan: string | undefined): Source {
  const args = ["preview", "--json", "--stack", stack, ...(savePlan === undefined ? [] : ["--save-plan", savePlan])];
  const answer = pulumi(args, dir);
  if (answer === undefined)
    throw new CommandError(
      EXIT.usage,
      "there is no pulumi on PATH: give the file that pulumi preview --json has printed",
    );
  if (answer.stdout.trim() === "") {
    const said = answer.stderr.trim();
    const why = said === "" ? `exit code ${answer.code}` : `\n  ${said.replaceAll("\n", "\n  ")}`;
    throw new CommandError(EXIT.usage, `pulumi preview failed: ${why}`);
  }
  return { name: stack, preview: previewFrom(answer.stdout, "the output of pulumi preview") };
}

function previewFrom(text: string, what: string): Preview {
  if (text.trim() === "") return NONE;
  const parsed = parsePreview(text);
  if ("fault" in parsed) throw new CommandError(EXIT.usage, `${what} ${parsed.fault}`);
  return parsed;
}

/** A job that goes on behind a preview that did not even begin leaves an empty file: the other sites are told all the same. */
const NONE: Preview = {
  ...{ project: undefined, stack: undefined, steps: [], same: 0, others: [], site: undefined },
  said: [{ severity: "error", text: "the preview has printed nothing: its log says why" }],
  ...{ router: { paths: [] }, was: { devices: new Map() } },
};
