import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { InvalidArgumentError } from "commander";
import { svgOf } from "../../diagram/svg.ts";
import type { Context, Subcommand } from "../context.ts";
import { CommandError, EXIT, type ExitCode } from "../exit.ts";
import { writeText } from "../files.ts";
import { type ChangeRequest, changeRequestOf } from "../forge/change-request.ts";
import { settleComment } from "../forge/comments.ts";
import { commentOf, type Drawn, drawnOf, KEY, marker, toldApart } from "../review/comment.ts";
import { placeOf } from "../review/review.ts";
import { fromFile, ownPreview, type Source, withPlans } from "../review/sources.ts";
import { plain, withPlainWords } from "../review/words.ts";
import type { Screen } from "../screen.ts";

interface Options {
  readonly output?: string;
  readonly svg?: string;
  readonly failed: readonly string[];
  readonly plan: readonly string[];
  readonly savePlan?: string;
  readonly post?: true;
  readonly key: string;
}

export const review: Subcommand = (program, run) => {
  program
    .command("review")
    .argument("[files...]", "what pulumi preview --json has printed, one file a site; - for standard input")
    .description("Turn a preview into a review comment: what changes, for whom, the risks, the proof, the lines.")
    .option("-o, --output <file>", "write the Markdown there (default: stdout)")
    .option("--svg <file>", "draw the change there; with several sites one file each, site-NAME.svg for site.svg")
    .option("--save-plan <file>", "without files: have Pulumi save its plan there, for pulumi up --plan")
    .option(
      "--failed <file>",
      "a file as well, of a preview that ended with an error; may be given again",
      collected,
      [],
    )
    .option(
      "--plan <file>",
      "what multiwan plan has written of such a preview: settings that change are told as well; may be given again",
      collected,
      [],
    )
    .option(
      "--post",
      "write it as a comment of the change request that this job is for, or change the one that is there",
    )
    .option("--key <name>", "tells the comments apart where one change request has several", key, "default")
    .addHelpText(
      "after",
      `
Without files it runs pulumi preview --json itself, for the stack of --stack. No preview changes anything. The text is Markdown for
GitHub, GitLab and Forgejo, the same bytes for the same preview. --post takes the change request from the environment of the job, and
the token from GITHUB_TOKEN, GITLAB_TOKEN or FORGEJO_TOKEN. Exit code 1: a preview ended with an error: nothing can be applied; the
comment says so, and is posted all the same. Of a violated policy Pulumi's JSON says nothing: give the file of a preview that ended
with an error as --failed. Exit code 6: the forge does not answer or refuses.

Examples:
  $ multiwan review --stack north
  $ pulumi preview --json --stack north > north.json; multiwan review north.json south.json --post
  $ multiwan review north.json --plan north.plan.json
  $ multiwan review north.json --svg change.svg >> "$GITHUB_STEP_SUMMARY"`,
    )
    .action((files: string[], options: Options) => run((context) => reviewed(context, files, options)));
};

async function reviewed(context: Context, files: readonly string[], options: Options): Promise<ExitCode> {
  const { screen, env } = context;
  const request = options.post ? changeRequestOf(env, eventOf(env.GITHUB_EVENT_PATH)) : undefined;
  const sources = await sourcesOf(context, files, options);
  const drawn = toldApart(sources.flatMap(({ name, preview }) => drawnOf(preview, name)));
  const text = commentOf(drawn, options.key);
  if (options.svg !== undefined) draw(options.svg, drawn, screen.note);
  if (options.output !== undefined) writeText(options.output, text);
  const tell = () =>
    screen.tell(withPlainWords({ sites: drawn.map((one) => one.review) }), () => {
      if (options.output === undefined) screen.lines(text.trimEnd().split("\n"));
    });
  if (request) await post(request, drawn, options.key, screen, tell);
  if (screen.json || !request) tell();
  return drawn.some(({ review: { outcome } }) => outcome === "refused") ? EXIT.no : EXIT.fine;
}

/** @param tell where nobody can read it at the forge, it is in the job's log */
async function post(
  request: ChangeRequest,
  drawn: readonly Drawn[],
  key: string,
  screen: Screen,
  tell: () => void,
): Promise<void> {
  const text = commentOf(drawn, key, request.repository.limit);
  const { what, url } = await settleComment(request, marker(key), text).catch((error: unknown) => {
    tell();
    throw error;
  });
  screen.note(`comment ${what}${url === "" ? "" : `: ${url}`}`);
}

async function sourcesOf(
  context: Context,
  files: readonly string[],
  { failed, savePlan, plan }: Options,
): Promise<Source[]> {
  if (files.length + failed.length === 0 && plan.length > 0)
    throw new CommandError(EXIT.usage, "--plan is for files: a preview of its own tells settings without it");
  if (files.length + failed.length === 0) return [ownPreview(context.engine(), savePlan && resolve(savePlan))];
  if (savePlan !== undefined)
    throw new CommandError(EXIT.usage, "--save-plan is for a preview of its own: these files are previews already");
  const previews = [...files.map((file) => fromFile(file, false)), ...failed.map((file) => fromFile(file, true))];
  return withPlans(await Promise.all(previews), plan);
}

function collected(file: string, others: readonly string[]): readonly string[] {
  return [...others, file];
}

function key(text: string): string {
  if (KEY.test(text)) return text;
  throw new InvalidArgumentError("It must be letters, digits, . _ or -, at most 64.");
}

function eventOf(file: string | undefined): string | undefined {
  try {
    return file ? readFileSync(file, "utf8") : undefined;
  } catch {
    return undefined;
  }
}

const NO_PICTURE = {
  changes: "the stack file has no site, or no line changes",
  nothing: "nothing changes",
  refused: "nothing can be applied",
} as const;

function draw(file: string, drawn: readonly Drawn[], note: (text: string) => void): void {
  for (const { review, graph } of drawn) {
    if (!graph) {
      note(`${plain(placeOf(review))}: no picture, because ${NO_PICTURE[review.outcome]}`);
      continue;
    }
    const { name, router } = review;
    // A name of a stack is one of a file.
    const site = [name, ...(router?.components ?? []), router?.address ?? ""].filter((one) => one !== "").join("-");
    writeText(
      drawn.length === 1 ? file : file.replace(/(\.svg)?$/i, `-${site.replaceAll(/[^A-Za-z0-9._-]/g, "_")}$1`),
      svgOf(graph),
    );
  }
}
