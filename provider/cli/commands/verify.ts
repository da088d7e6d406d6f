import type { Subcommand } from "../context.ts";
import { EXIT } from "../exit.ts";
import { lookAt } from "../look.ts";
import type { Screen, Style } from "../screen.ts";
import { type Claimed, type Report, reportOf } from "../verify/model.ts";

export const verify: Subcommand = (program, run) => {
  program
    .command("verify")
    .description("Prove on the live router that every connection gets its reply by the link it came in on.")
    .option("-a, --all", "every claim, also those that hold")
    .option("--strict", "exit with 5 where something that is not modelled decides")
    .addHelpText(
      "after",
      `
Every published service, from outside and from inside, the router's own services, and connections from inside: whichever way the
default points, and with any one link down. Foreign rules count. No packet is sent: it is a proof on the lines that the router shows, in one exchange.
Exit code 1: a claim does not hold. "shut": a foreign rule stops such a connection, so that there is no reply.

Examples:
  $ multiwan verify
  $ multiwan verify --json | jq '.broken[].connection'`,
    )
    .action((options: { all?: true; strict?: true }) =>
      run(async (context) => {
        const { screen } = context;
        const { site } = context.stack();
        const { snapshot, manifest } = await lookAt(context);
        const report = reportOf(snapshot, manifest, site);
        screen.tell(report, () => printReport(screen, report, options.all === true));
        if (report.broken.length > 0) return EXIT.no;
        return options.strict && report.unsure.length > 0 ? EXIT.unsure : EXIT.fine;
      }),
    );
};

const STYLES: Record<Claimed["answer"], Style> = { yes: "green", no: "red", shut: "dim", "cannot tell": "yellow" };
/** Of one kind, as many are told whole. */
const STORIES = 3;

function printReport(screen: Screen, { claims, counts, broken, weak, unsure }: Report, all: boolean): void {
  if (all)
    screen.table(
      ["connection", "when", "holds"],
      claims.map((c) => [c.connection, c.when, { text: c.answer, style: STYLES[c.answer] }]),
    );
  for (const { connection, when, why, story } of broken.slice(0, STORIES)) {
    screen.heading(`${connection} (${when})`);
    screen.line({ text: `  ${why ?? ""}`, style: "red" });
    screen.lines(story);
  }
  if (broken.length > STORIES) screen.line(`and ${broken.length - STORIES} more (--json, --all)`);
  list(screen, "Lost while a link is down", weak, "yellow");
  list(screen, "Cannot tell", unsure, "yellow");
  const assumed = [...new Set(claims.flatMap(({ assuming }) => assuming))];
  if (assumed.length > 0) screen.heading("Provided that these rules let it pass");
  for (const rule of assumed) screen.line(`  ${rule}`);
  screen.line("");
  const { yes, no, shut } = counts;
  screen.line(
    { text: `${yes} hold`, style: "green" },
    `, ${no} do not`,
    ...(weak.length > 0 ? [` (${weak.length} of them only while a link is down)`] : []),
    `, ${shut} shut by rules, ${counts["cannot tell"]} cannot be told`,
  );
  if (claims.length === 0)
    screen.line("nothing is claimed: the stack file has no site, and no link on the router is complete");
}

function list(screen: Screen, title: string, claims: readonly Claimed[], style: Style): void {
  if (claims.length === 0) return;
  screen.heading(title);
  for (const { connection, when, why } of claims.slice(0, STORIES))
    screen.line({ text: `  ${connection} (${when}): `, style }, why ?? "");
  if (claims.length > STORIES) screen.line(`  and ${claims.length - STORIES} more`);
}
