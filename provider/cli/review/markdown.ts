/** Reviews as the parts of a comment, in Markdown, each with what may be left out of it where a host takes no longer text. Pure. */

import type { Graph } from "../../diagram/graph.ts";
import { mermaidOf } from "../../diagram/mermaid.ts";
import { fenced, folded, markdown } from "./escape.ts";
import type { ResourceLines } from "./lines.ts";
import { drift, proof, warnings } from "./markdown-said.ts";
import type { Part } from "./part.ts";
import { placeOf, type SiteReview } from "./review.ts";
import { sayService } from "./services.ts";
import { sayDefault, saySwitch } from "./ways.ts";
import { joined, many, own, say, type Words } from "./words.ts";

const always = (text: string): Part => ({ weight: "always", text, short: text });

export function headOf(sites: readonly SiteReview[], title: string): Part[] {
  const lines = sites.map((one) => `- **${markdown(placeOf(one))}**: ${markdown(one.summary)}`);
  return [always(`## ${title}`), always(lines.join("\n"))];
}

/** @param graph the picture of the change */
export function partsOf(review: SiteReview, graph: Graph | undefined): Part[] {
  const { said, outcome } = review;
  const heading: Part = { weight: "site", text: `### ${markdown(placeOf(review))}`, short: "" };
  const site = (text: string): Part => ({ weight: "site", text, short: "" });
  if (outcome === "nothing" && said.lost.length + said.untold.length + said.warnings.length === 0) return [];
  return [
    heading,
    ...(outcome === "refused" ? [refusals(review)] : []),
    ...changes(review).map(site),
    ...risks(review).map(site),
    ...affected(review).map(site),
    ...proof(review),
    ...drift(review),
    ...warnings(review),
    ...(graph ? diagram(graph) : []),
    ...lines(review),
  ];
}

function refusals({ said }: SiteReview): Part {
  const text = `**Nothing can be applied.** The preview ended with ${said.refusals.length === 1 ? "this" : "these"}:\n\n${said.refusals.map((one) => fenced(one.split("\n"))).join("\n\n")}`;
  return {
    weight: "words",
    text,
    short: "**Nothing can be applied.** The preview ended with an error; its log says which.",
  };
}

function list(title: string, all: readonly Words[]): string[] {
  return all.length === 0 ? [] : [`**${title}**\n\n${all.map((one) => `- ${markdown(one)}`).join("\n")}`];
}

const LINK = { comes: "is added", goes: "is removed", changes: "changes", "is mended": "is mended" } as const;

function changes({ links, services, default: main, switches, more, outcome }: SiteReview): string[] {
  const title = outcome === "refused" ? "What would change, as far as the preview came" : "What changes";
  return list(title, [
    ...links.map(({ link, device, what, details }) => {
      const on = device === "" ? own("") : say` (${device})`;
      const more = details.length === 0 ? own("") : say`: ${joined(details, "; ")}`;
      return say`Link ${link}${on} ${own(LINK[what])}${more}`;
    }),
    ...(main ? [sayDefault(main)] : []),
    ...switches.map((one) => say`Server ${saySwitch(one)}`),
    ...services.map((one) => say`Service ${sayService(one)}`),
    ...more,
  ]);
}

const RISKS = {
  "first change": "First change",
  "everything goes": "Everything goes",
  default: "Default",
  "open connections": "Open connections",
  management: "Management path",
  drift: "Drift",
  "lost already": "Lost already",
  "not proved": "Not proved",
  "another stack": "Another stack",
} as const;

function risks({ risks: all, outcome }: SiteReview): string[] {
  if (all.length === 0) return outcome === "changes" ? ["**Risks**: none known."] : [];
  return list(
    "Risks",
    all.map(({ about, words }) => say`_${own(RISKS[about])}_: ${words}`),
  );
}

function affected({ affected: all, howLong }: SiteReview): string[] {
  const who = all.map((one) => say`${one.who}: ${one.how}`);
  return list("Who is affected, and for how long", [...who, ...(howLong ? [howLong] : [])]);
}

/** GitHub draws no more than this. */
const MOST_DRAWN = 50_000;

function diagram(graph: Graph): Part[] {
  const text = mermaidOf(graph);
  if (text.length > MOST_DRAWN)
    return [{ weight: "diagram", text: "_The diagram is too large to be drawn here._", short: "" }];
  return [
    {
      weight: "diagram",
      text: folded("Diagram", `\`\`\`mermaid\n${text}\`\`\``),
      short: "_The diagram is left out here._",
    },
  ];
}

/** More lines than this are folded. */
const OPEN_LINES = 12;

function lines({ lines: all, outcome }: SiteReview): Part[] {
  const told = all.filter((one) => one.lines.length + one.adopts.length > 0);
  if (told.length === 0) return [];
  const count = told.reduce((sum, one) => sum + one.lines.length, 0);
  const of = (sign: string) =>
    told.reduce((sum, one) => sum + one.lines.filter((line) => line.sign === sign).length, 0);
  const besides = all.some((one) => one.drift.length > 0) ? ", besides those of the drift" : "";
  const title = `${many(count, "line")} of the router: ${of("+")} ${of("+") === 1 ? "comes" : "come"}, ${of("-")} ${of("-") === 1 ? "goes" : "go"}${besides}`;
  const body = fenced(
    told.flatMap((one, i) => [...(i === 0 ? [] : [""]), ...linesOf(one)]),
    "diff",
  );
  const text = count > OPEN_LINES ? folded(title, body) : `${title}\n\n${body}`;
  return [
    {
      weight: "lines",
      text: outcome === "refused" ? folded(`${title}, as far as the preview came`, body) : text,
      short: `_${title}; left out here._`,
    },
  ];
}

/** `@@` is where a diff says which part it is of. */
function linesOf({ resource, lines: all, adopts }: ResourceLines): string[] {
  return [`@@ ${resource} @@`, ...all.map(({ sign, text }) => `${sign} ${text}`), ...adopts.map((text) => `  ${text}`)];
}

export function titleOf(sites: readonly SiteReview[]): string {
  const count = sites.filter(({ isRest }) => !isRest).length;
  return count === 1 ? "Review of the network change" : `Review of the network change of ${many(count, "site")}`;
}
