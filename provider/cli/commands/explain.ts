import { type Machine, machineOf } from "../../proof/index.ts";
import { declaredMachine } from "../../site/declared.ts";
import type { Site } from "../../site/schema.ts";
import type { Subcommand } from "../context.ts";
import { CommandError, EXIT, type ExitCode } from "../exit.ts";
import { type ExplainedLeg, explain as explainOn, isSymmetric, sameLeg } from "../explain/model.ts";
import { printSides, type Sides } from "../explain/text.ts";
import { type Flow, parseFlow } from "../flow.ts";
import { linksOf } from "../links.ts";
import { lookAt } from "../look.ts";
import { arriving, packetOf } from "../packet.ts";
import type { Piece, Screen } from "../screen.ts";

export const explain: Subcommand = (program, run) => {
  program
    .command("explain")
    .argument("<packet...>", "tcp|udp|icmp A to B:PORT, as in: tcp 198.51.100.20 to 123.234.1.11:1494")
    .description("Say which rule, mark, table, route, translation and link a packet and its reply get, and why.")
    .option("-d, --declared", "by the stack file alone: no router is asked")
    .option("--strict", "exit with 5 where something that is not modelled decides")
    .allowUnknownOption()
    .addHelpText(
      "after",
      `
By the declared lines and by those of the live router, foreign rules included; where the two differ, both, with what only the
live router does marked ">". Of a sender that the site does not list (a container, a VPN's client) the live router says where
that is. No packet is sent. Exit code 1: the reply does not go back where the packet came in, or declared
and live part. Without a sender the packet comes from the internet.

Examples:
  $ multiwan explain tcp to 123.234.1.11:1494
  $ multiwan explain tcp from server1 to 203.0.113.80:443 --json
  $ multiwan explain icmp 198.51.100.20 to 216.111.1.10 --declared`,
    )
    .action((words: string[], options: { declared?: true; strict?: true }) =>
      run(async (context) => {
        const { site, file } = context.stack();
        if (!site)
          throw new CommandError(EXIT.usage, `${file} has no multiwan:site, which says where a packet arrives`);
        const flow = parseFlow(words, site);
        // What is not clear is said before a router is asked.
        packetOf(flow);
        const live = options.declared ? undefined : machineOf((await lookAt(context)).snapshot);
        const explained = explainBy(flow, site, live);
        context.screen.tell(reportOf(explained), () => print(context.screen, explained, site));
        return exitCode(explained, options.strict === true);
      }),
    );
};

/** The packet by the lines that were asked for: by the declared ones, by the live ones, or by both. */
interface Explained extends Sides {
  readonly title: string;
  /** Both in the same words; where only one was asked for, they are. */
  readonly same: boolean;
  /** undefined: it cannot be told. */
  readonly symmetric: boolean | undefined;
}

/** @throws {CommandError} where it is not clear where the packet arrives */
function explainBy(flow: Flow, site: Site, machine: Machine | undefined): Explained {
  const packet = arriving(flow, site, machine);
  const declared = packet.undeclared ? undefined : explainOn(declaredMachine(site), packet);
  const live = machine && explainOn(machine, packet);
  const same = live === undefined || declared === undefined || areSame(declared, live, sameLeg);
  return { title: packet.title, declared, live, same, symmetric: isSymmetric(live ?? declared ?? []) };
}

const reportOf = ({ title, declared, live, same, symmetric }: Explained) => ({
  ...{ packet: title, declared: declared ?? null, live: live ?? null },
  ...{ same, symmetric: symmetric ?? null },
});

function print(screen: Screen, explained: Explained, site: Site): void {
  const links = linksOf(site, new Map(), new Map());
  printSides(screen, explained, (device) => {
    const link = links.find((one) => one.device === device);
    return link ? `${device} (${link.name})` : device;
  });
  screen.line("");
  screen.line(symmetryText(explained.symmetric));
  if (explained.live && explained.declared)
    screen.line(explained.same ? "declared and live agree" : { text: "declared and live part", style: "yellow" });
}

function symmetryText(symmetric: boolean | undefined): Piece {
  if (symmetric === undefined)
    return { text: "cannot tell whether the reply goes back where the packet came in", style: "yellow" };
  return symmetric
    ? { text: "the reply goes back where the packet came in", style: "green" }
    : { text: "the reply does not go back where the packet came in", style: "red" };
}

/** A foreign rule that only counts is no difference that matters; another end is. */
function exitCode({ declared, live, symmetric }: Explained, strict: boolean): ExitCode {
  if (symmetric === undefined) return strict ? EXIT.unsure : EXIT.fine;
  const sameEnds = !declared || !live || areSame(declared, live, (a, b) => a.result === b.result);
  return symmetric && sameEnds ? EXIT.fine : EXIT.no;
}

type Legs = readonly ExplainedLeg[];

function areSame(a: Legs, b: Legs, same: (a: ExplainedLeg, b: ExplainedLeg) => boolean): boolean {
  return a.length === b.length && a.every((leg, i) => same(leg, b[i]!));
}
