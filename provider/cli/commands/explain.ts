import { machineOf } from "../../proof/index.ts";
import { declaredMachine } from "../../site/declared.ts";
import { CommandError, EXIT } from "../exit.ts";
import { explain as explainOn, isSymmetric, sameLeg } from "../explain/model.ts";
import { printSides } from "../explain/text.ts";
import { parseFlow } from "../flow.ts";
import { linksOf } from "../links.ts";
import { look } from "../look.ts";
import { arriving, packetOf } from "../packet.ts";
import type { Subcommand } from "../program.ts";

export const explain: Subcommand = (program, run) => {
  program
    .command("explain")
    .argument("<packet...>", "tcp|udp|icmp A to B:PORT, as in: tcp 198.51.100.20 to 123.234.1.11:1494")
    .description("Say which rule, mark, table, route, translation and link a packet and its answer get, and why.")
    .option("-d, --declared", "by the stack file alone: no router is asked")
    .option("--strict", "exit with 5 where something that is not modelled decides")
    .allowUnknownOption()
    .addHelpText(
      "after",
      `
By the declared lines and by those of the live router, foreign rules included; where the two differ, both, with what only the
live router does marked ">". Of a sender that the site does not list (a container, a VPN's client) the live router says where
he is. No packet is sent. Exit code 1: the answer does not go back where the packet came in, or declared
and live part. Without a sender it comes from somebody out there.

Examples:
  $ multiwan explain tcp to 123.234.1.11:1494
  $ multiwan explain tcp from server1 to 203.0.113.80:443 --json
  $ multiwan explain icmp 198.51.100.20 to 216.111.1.10 --declared`,
    )
    .action((words: string[], options: { declared?: true; strict?: true }) =>
      run(async (context) => {
        const { screen } = context;
        const { site, settings, file } = context.stack();
        if (!site)
          throw new CommandError(EXIT.usage, `${file} has no multiwan:site, which says where a packet arrives`);
        const flow = parseFlow(words, site);
        // What is not clear is said before a router is asked.
        packetOf(flow);
        const seen = options.declared ? undefined : await look(await context.session(), settings);
        const machine = seen && machineOf(seen.snapshot);
        const packet = arriving(flow, site, machine);
        const declared = packet.undeclared ? undefined : explainOn(declaredMachine(site), packet);
        const live = machine && explainOn(machine, packet);
        const same =
          live === undefined ||
          declared === undefined ||
          (live.length === declared.length && live.every((leg, i) => sameLeg(leg, declared[i])));
        const symmetric = isSymmetric(live ?? declared ?? []);
        if (screen.json)
          screen.print({
            packet: packet.title,
            declared: declared ?? null,
            live: live ?? null,
            same,
            symmetric: symmetric ?? null,
          });
        else {
          const links = linksOf(site, new Map(), new Map());
          const named = (device: string) => {
            const link = links.find((one) => one.device === device);
            return link ? `${device} (${link.name})` : device;
          };
          printSides(screen, { declared, live }, named);
          screen.line("");
          screen.line(
            symmetric === undefined
              ? { text: "cannot tell whether the answer goes back where the packet came in", style: "yellow" }
              : symmetric
                ? { text: "the answer goes back where the packet came in", style: "green" }
                : { text: "the answer does not go back where the packet came in", style: "red" },
          );
          if (live && declared)
            screen.line(same ? "declared and live agree" : { text: "declared and live part", style: "yellow" });
        }
        if (symmetric === undefined) return options.strict ? EXIT.unsure : EXIT.fine;
        return symmetric && (!declared || sameEnds(declared, live ?? declared)) ? EXIT.fine : EXIT.no;
      }),
    );
};

/** A foreign rule that only counts is no difference that matters; another end is. */
function sameEnds(a: ReturnType<typeof explainOn>, b: ReturnType<typeof explainOn>): boolean {
  return a.length === b.length && a.every((leg, i) => leg.result === b[i]!.result);
}
