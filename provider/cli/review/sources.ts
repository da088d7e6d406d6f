/** Where previews come from: files, standard input, or a preview of its own. */
import { basename } from "node:path";
import { CommandError, EXIT } from "../exit.ts";
import { readInput, readText } from "../files.ts";
import type { Engine } from "../program.ts";
import { parsePreview } from "./digest.ts";
import type { Preview } from "./preview.ts";

export interface Source {
  /** The site's name where the preview does not say it. */
  readonly name: string;
  readonly preview: Preview;
}

/** @param failed did the preview end with an error? Its JSON may not tell @throws {CommandError} it cannot be read, or is no preview */
export async function fromFile(file: string, failed: boolean): Promise<Source> {
  const text = file === "-" ? await readInput() : readText(file);
  const name = file === "-" ? "standard input" : basename(file).replace(/(\.preview)?\.json$/, "");
  const preview = previewFrom(text, file === "-" ? name : file);
  return { name, preview: failed ? ended(preview, "its log says which") : preview };
}

/** Runs `pulumi preview --json`. One that ends with an error is to be reviewed as well. */
export function ownPreview(engine: Engine, savePlan: string | undefined): Source {
  const args = ["preview", "--json", ...(savePlan === undefined ? [] : ["--save-plan", savePlan])];
  const { code, stdout, stderr } = engine.run(args);
  const said = stderr.trim();
  if (stdout.trim() === "") {
    const why = said === "" ? `exit code ${code}` : `\n  ${said.replaceAll("\n", "\n  ")}`;
    throw new CommandError(EXIT.usage, `pulumi preview failed: ${why}`);
  }
  const preview = previewFrom(stdout, "the output of pulumi preview");
  return {
    name: engine.stack,
    preview: code === 0 ? preview : ended(preview, said === "" ? `exit code ${code}` : said),
  };
}

function previewFrom(text: string, what: string): Preview {
  if (text.trim() === "") return NONE;
  const parsed = parsePreview(text);
  if ("fault" in parsed) throw new CommandError(EXIT.usage, `${what} ${parsed.fault}`);
  return parsed;
}

/** Of a policy that is violated the JSON says nothing. */
function ended(preview: Preview, why: string): Preview {
  if (preview.said.some(({ severity }) => severity === "error")) return preview;
  const text = `the preview ended with an error that is not in its JSON, such as a policy that is violated: ${why}`;
  return { ...preview, said: [{ severity: "error", text }, ...preview.said] };
}

/** A job that goes on behind a preview that did not even begin leaves an empty file: the other sites are told all the same. */
const NONE: Preview = {
  ...{ project: undefined, stack: undefined, steps: [], same: 0, others: [], site: undefined },
  said: [{ severity: "error", text: "the preview has printed nothing: its log says why" }],
  ...{ router: { paths: [] }, was: { devices: new Map() } },
};
