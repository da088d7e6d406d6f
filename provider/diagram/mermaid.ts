/** The graph as a Mermaid flowchart, for a review comment: in a fence named mermaid, most forges draw it. */
import { CARD, INK, linkColour, MUTED, REQUEST, tint } from "./colours.ts";
import type { Box, Graph, Line, Step } from "./graph.ts";

/** A comment's background is that of its reader, white or black. */
const STROKES = { request: REQUEST, reply: "#7d8590" } as const;

export function mermaidOf(graph: Graph): string {
  const steps = graph.way?.legs.flatMap((leg) => leg.steps) ?? [];
  const names = new Map(graph.boxes.map(({ id }, i) => [id, `n${i}`]));
  const name = (id: string) => names.get(id)!;
  const node = (box: Box) => {
    const label = [`<b>${escapeMermaid(box.title)}</b>`, ...box.rows.map((row) => escapeMermaid(rowText(row)))];
    if (box.badge !== undefined) label[0] += ` (${escapeMermaid(box.badge)})`;
    const [open, close] = box.kind === "internet" || box.kind === "isp" ? ["([", "])"] : ["[", "]"];
    return `${name(box.id)}${open}"${label.join("<br/>")}"${close}:::${classOf(graph, box)}`;
  };
  const of = (...kinds: Box["kind"][]) => graph.boxes.filter(({ kind }) => kinds.includes(kind));
  const lines = graph.lines.map((line) => lineText(line, name));
  const outcomes = graph.way?.legs.map(({ name: leg, outcome, texts }) => [`${leg} ${outcome}`, ...texts].join("; "));
  const title = [graph.way?.title ?? graph.title, ...(outcomes ?? [])].join(", ");
  return [
    "---",
    `title: ${JSON.stringify(plain(title))}`,
    "---",
    "flowchart LR",
    ...of("internet", "isp").map((box) => `  ${node(box)}`),
    `  subgraph router ["${[graph.router.title, ...graph.router.rows.map(rowText)].map(escapeMermaid).join("<br/>")}"]`,
    ...of("link", "door", "out").map((box) => `    ${node(box)}`),
    // A LAN's device is its frame's heading, unless a packet ends there.
    ...of("lan")
      .filter(({ id }) => steps.some(({ from, to }) => from === id || to === id))
      .map((box) => `    ${node(box)}`),
    "  end",
    ...of("lan").flatMap((lan, i) => [
      `  subgraph lan${i} ["${["LAN on", lan.title, ...lan.rows.map(rowText)].map(escapeMermaid).join(" ")}"]`,
      ...of("server", "clients")
        .filter((host) => host.lan === lan.id)
        .map((host) => `    ${node(host)}`),
      "  end",
    ]),
    ...lines.map((line) => `  ${line}`),
    ...steps.map((step) => `  ${stepText(step, name)}`),
    ...classes(graph),
    ...linkStyles([
      ...graph.lines.map(({ link }) => `stroke:${linkColour(graph.links, link)}`),
      ...steps.map(({ leg }) => `stroke:${STROKES[leg]},stroke-width:3px`),
    ]),
    "",
  ].join("\n");
}

/** Text inside quotes: nothing in it can end the label, begin a directive, or become markup. */
export function escapeMermaid(text: string): string {
  const names: Readonly<Record<string, string>> = { "&": "amp", '"': "quot", "<": "lt", ">": "gt" };
  return plain(text).replace(/[&"<>#%`\\]/g, (char) => `#${names[char] ?? char.codePointAt(0)};`);
}

function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
}

function rowText({ label, text }: { readonly label?: string; readonly text: string }): string {
  return label === undefined ? text : `${label} ${text}`;
}

function lineText({ from, to, kind }: Line, name: (id: string) => string): string {
  return `${name(from)} ${{ cable: "---", door: "-->", out: "-.-" }[kind]} ${name(to)}`;
}

function stepText({ number, from, to, texts }: Step, name: (id: string) => string): string {
  const label = [`${number}`, ...texts].map(escapeMermaid).join("<br/>");
  return `${name(from)} == "${label}" ==> ${name(to)}`;
}

function classOf(graph: Graph, { kind, link }: Box): string {
  return link === undefined ? "plain" : `${kind === "link" ? "link" : "of"}${graph.links.indexOf(link)}`;
}

/** Lines are told by their number. */
function linkStyles(styles: readonly string[]): string[] {
  const numbers = Map.groupBy(styles.keys(), (i) => styles[i]!);
  return [...numbers].map(([style, which]) => `  linkStyle ${which.join(",")} ${style}`);
}

function classes(graph: Graph): string[] {
  return [
    `  classDef plain fill:${CARD},stroke:${MUTED},color:${INK}`,
    ...graph.links.flatMap((link, i) => {
      const colour = linkColour(graph.links, link);
      return [
        `  classDef link${i} fill:${colour},stroke:${colour},color:${CARD}`,
        `  classDef of${i} fill:${tint(colour, 0.1)},stroke:${colour},color:${INK}`,
      ];
    }),
  ];
}
