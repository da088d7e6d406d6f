/** Where previews come from: files, standard input, or a preview of its own. */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { routerName } from "../../ssh/settings.ts";
import type { Engine } from "../context.ts";
import { inFolder, stateOf } from "../delivery/preview.ts";
import { parsePlan, stackOfPlan } from "../delivery/saved-plan.ts";
import { allChanges, plannedSettings } from "../delivery/settings.ts";
import type { AllSettings, Settings } from "../delivery/told-settings.ts";
import { CommandError, EXIT } from "../exit.ts";
import { readInput, readText } from "../files.ts";
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
  const hasEnded = failed || preview.said.some(isError);
  return { name, preview: hasEnded ? ended(preview, "its log says which") : preview };
}

/** Runs `pulumi preview --json`. One that ends with an error is to be reviewed as well. */
export function ownPreview(engine: Engine, savePlan: string | undefined): Source {
  return inFolder((folder) => ownPreviewWith(engine, savePlan ?? join(folder, "plan.json")));
}

function ownPreviewWith(engine: Engine, file: string): Source {
  const { code, stdout, stderr } = engine.run(["preview", "--json", "--save-plan", file]);
  const said = stderr.trim();
  if (stdout.trim() === "") {
    const why = said === "" ? `exit code ${code}` : `\n  ${said.replaceAll("\n", "\n  ")}`;
    throw new CommandError(EXIT.usage, `pulumi preview failed: ${why}`);
  }
  const read = previewFrom(stdout, "the output of pulumi preview");
  const plan = code === 0 && existsSync(file) ? parsePlan(readText(file), file) : undefined;
  const preview = plan ? withSettings(read, { is: plannedSettings(plan), was: stateOf(engine).settings }) : read;
  return {
    name: engine.stack,
    preview: code === 0 ? preview : ended(preview, said === "" ? `exit code ${code}` : said),
  };
}

/**
 * What plans that `multiwan plan` has written say of settings: Pulumi's JSON does not.
 * @throws {CommandError} one is no plan, one that Pulumi has saved as it is, or of a stack of which there is no preview
 */
export function withPlans(sources: readonly Source[], files: readonly string[]): Source[] {
  const plans = files.map((file) => {
    const plan = parsePlan(readText(file), file);
    if (!plan.multiwan) throw new CommandError(EXIT.usage, `${file} is not what multiwan plan writes`);
    const { stack, project } = stackOfPlan(plan);
    if (!sources.some(({ preview }) => preview.stack === stack && preview.project === project))
      throw new CommandError(EXIT.usage, `${file} is a plan of ${project}/${stack}, and no preview is of that stack`);
    return { stack, project, settings: plan.multiwan.settings };
  });
  return sources.map(({ name, preview }) => {
    const plan = plans.find(({ stack, project }) => preview.stack === stack && preview.project === project);
    return { name, preview: plan?.settings ? withSettings(preview, plan.settings) : preview };
  });
}

function withSettings(preview: Preview, { is, was }: { readonly is: AllSettings; readonly was: AllSettings }): Preview {
  const settings = allChanges(was, is).map(({ urn, changes }) => ({ address: addressOf(is[urn]!), changes }));
  return { ...preview, settings };
}

function addressOf(settings: Settings): string {
  const { host, port } = Object(settings) as { host?: unknown; port?: unknown };
  return routerName({ host: String(host), port: typeof port === "number" ? port : 22 });
}

function previewFrom(text: string, what: string): Preview {
  if (text.trim() === "") return NONE;
  const parsed = parsePreview(text);
  if ("fault" in parsed) throw new CommandError(EXIT.usage, `${what} ${parsed.fault}`);
  return parsed;
}

const isError = ({ severity }: Preview["said"][number]) => severity === "error";

/** Pulumi's last word, which is no reason. */
const isBare = (one: Preview["said"][number]) => isError(one) && /^(?:preview|update) failed$/.test(one.text);

/** Of a policy that is violated the JSON says no more than that the preview failed. */
function ended(preview: Preview, why: string): Preview {
  const said = preview.said.filter((one) => !isBare(one));
  if (said.some(isError)) return { ...preview, said };
  const text = `the preview ended with an error that is not in its JSON, such as a policy that is violated: ${why}`;
  return { ...preview, said: [{ severity: "error", text }, ...said] };
}

/** A job that goes on behind a preview that did not even begin leaves an empty file: the other sites are told all the same. */
const NONE: Preview = {
  ...{ project: undefined, stack: undefined, steps: [], same: 0, others: [], site: undefined },
  said: [{ severity: "error", text: "the preview has printed nothing: its log says why" }],
  ...{ router: { paths: [] }, was: { devices: new Map() } },
};
