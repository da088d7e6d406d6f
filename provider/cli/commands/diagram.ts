import { InvalidArgumentError } from "commander";
import { wayOf } from "../../diagram/from-walk.ts";
import type { Graph } from "../../diagram/graph.ts";
import { mermaidOf } from "../../diagram/mermaid.ts";
import { graphOf } from "../../diagram/site-graph.ts";
import { withWay } from "../../diagram/steps.ts";
import { svgOf } from "../../diagram/svg.ts";
import { declaredMachine } from "../../site/declared.ts";
import type { Subcommand } from "../context.ts";
import { CommandError, EXIT } from "../exit.ts";
import { writeText } from "../files.ts";
import { parseFlow } from "../flow.ts";
import { arriving } from "../packet.ts";
import type { Screen } from "../screen.ts";
import type { Stack } from "../stack/config.ts";

type Format = "svg" | "mermaid";

export const diagram: Subcommand = (program, run) => {
  program
    .command("diagram")
    .argument("[packet...]", "tcp|udp|icmp A to B:PORT, as in: tcp 198.51.100.20 to 123.234.1.11:1494")
    .description("Draw the site, or one packet's way through it and its reply's, from the stack file alone.")
    .option("-f, --format <format>", "svg or mermaid (default: from the name of the file, else svg)", format)
    .option("-o, --output <file>", "write it there: .svg, .mmd or .md")
    .allowUnknownOption()
    .addHelpText(
      "after",
      `
No router is asked: the packet's way is that through the declared lines. Without a sender it comes from the internet.
Mermaid is for a review comment or a README: into a .md file it goes with its fence. With --json the boxes, lines and steps.

Examples:
  $ multiwan diagram --output site.svg
  $ multiwan diagram tcp 198.51.100.20 to 123.234.1.11:1494 --output way.svg
  $ multiwan diagram tcp from server1 to 203.0.113.80:443 --format mermaid`,
    )
    .action((words: string[], options: { format?: Format; output?: string }) =>
      run(async (context) => {
        const { screen } = context;
        const chosen = options.format ?? formatOf(options.output);
        const graph = drawn(context.stack(), words);
        if (options.output === undefined)
          screen.tell(graph, () => screen.lines(textOf(graph, chosen, undefined).trimEnd().split("\n")));
        else write(screen, graph, chosen, options.output);
        return EXIT.fine;
      }),
    );
};

function textOf(graph: Graph, format: Format, file: string | undefined): string {
  return format === "svg" ? svgOf(graph) : fenced(mermaidOf(graph), file);
}

function write(screen: Screen, graph: Graph, format: Format, file: string): void {
  writeText(file, textOf(graph, format, file));
  screen.tell({ file, format }, () => screen.note(`written to ${file}`));
}

function drawn(stack: Stack, words: readonly string[]): Graph {
  const { site } = stack;
  if (!site)
    throw new CommandError(
      EXIT.usage,
      `there is no site to draw: ${stack.file} has no multiwan:site. A site that a program declares cannot be drawn`,
    );
  const graph = graphOf(site, `${stack.project} / ${stack.name}`);
  if (words.length === 0) return graph;
  const { title, packet, inDevice } = arriving(parseFlow(words, site), site);
  return withWay(graph, site, wayOf(declaredMachine(site), site, title, packet, inDevice));
}

function format(text: string): Format {
  if (text === "svg" || text === "mermaid") return text;
  throw new InvalidArgumentError("It must be svg or mermaid.");
}

function formatOf(file: string | undefined): Format {
  if (file === undefined || /\.svg$/i.test(file)) return "svg";
  if (/\.(mmd|mermaid|md)$/i.test(file)) return "mermaid";
  throw new CommandError(EXIT.usage, `${file}: say --format, or name it .svg, .mmd or .md`);
}

function fenced(text: string, file: string | undefined): string {
  return file !== undefined && /\.md$/i.test(file) ? `\`\`\`mermaid\n${text}\`\`\`\n` : text;
}
