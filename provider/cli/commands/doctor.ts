import { routerName } from "../../ssh/settings.ts";
import type { Subcommand } from "../context.ts";
import { examine } from "../doctor/examine.ts";
import { FACTS_SCRIPT } from "../doctor/facts.ts";
import type { Finding, Level } from "../doctor/finding.ts";
import { patientOf } from "../doctor/patient.ts";
import { EXIT } from "../exit.ts";
import { lookAt } from "../look.ts";
import type { Screen, Style } from "../screen.ts";

export const doctor: Subcommand = (program, run) => {
  program
    .command("doctor")
    .description("What this router can do, who else is on it, and what would go wrong with the declared site.")
    .option("-q, --quiet", "warnings and problems only")
    .addHelpText(
      "after",
      `
One login, one exchange; nothing is changed. What the preview would refuse is found by the preview's own functions.
Exit code 1 if there is a problem: something that does not work, or that pulumi up would refuse. Warnings do not count.

Examples:
  $ multiwan doctor --stack north
  $ multiwan doctor --json | jq -r '.findings[] | select(.level == "problem") | .text'`,
    )
    .action((options: { quiet?: true }) =>
      run(async (context) => {
        const { screen } = context;
        const stack = context.stack();
        const seen = await lookAt(context, FACTS_SCRIPT);
        const all = examine(patientOf(seen, stack, Date.now() / 1000));
        const router = routerName(stack.settings);
        const findings = options.quiet ? all.filter(({ level }) => level === "warning" || level === "problem") : all;
        const counts = counted(all);
        screen.tell({ router, stack: stack.name, counts, findings }, () =>
          print(screen, `${stack.name}  ${router}`, findings, counts),
        );
        return all.some(({ level }) => level === "problem") ? EXIT.no : EXIT.fine;
      }),
    );
};

type Counts = Record<Level, number>;

function counted(findings: readonly Finding[]): Counts {
  const of = (level: Level) => findings.filter((finding) => finding.level === level).length;
  return { ok: of("ok"), note: of("note"), warning: of("warning"), problem: of("problem") };
}

const TITLES: readonly (readonly [about: Finding["about"], title: string])[] = [
  ["router", "This router"],
  ["links", "Links"],
  ["site", "The declared site"],
  ["left behind", "From earlier changes"],
  ["pitfalls", "Pitfalls"],
  ["neighbours", "Neighbours"],
];
const STYLES: Record<Level, Style> = { ok: "green", note: "cyan", warning: "yellow", problem: "red" };

function print(screen: Screen, title: string, findings: readonly Finding[], counts: Counts): void {
  screen.line({ text: title, style: "bold" });
  for (const [about, heading] of TITLES) {
    const own = findings.filter((finding) => finding.about === about);
    if (own.length === 0) continue;
    screen.heading(heading);
    for (const { level, text, todo } of own) {
      const [first = "", ...more] = text.split("\n");
      screen.line("  ", { text: level.padEnd(9), style: STYLES[level] }, first);
      for (const line of more) screen.line(`             ${line}`);
      if (todo !== undefined) screen.line("           ", { text: `-> ${todo}`, style: "dim" });
    }
  }
  const { problem, warning } = counts;
  screen.line();
  screen.line(`${many(problem, "problem")}, ${many(warning, "warning")}`);
}

function many(count: number, word: string): string {
  return `${count === 0 ? "no" : count} ${word}${count === 1 ? "" : "s"}`;
}
