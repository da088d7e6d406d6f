import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Engine, Subcommand } from "../context.ts";
import { compare, compareSettings, type Difference, isEmpty } from "../delivery/compare.ts";
import { inFolder, previewed, stateOf } from "../delivery/preview.ts";
import { refusal } from "../delivery/refusal.ts";
import { packed, type SavedPlan, withSettingsOf } from "../delivery/saved-plan.ts";
import { allChanges, plannedSettings } from "../delivery/settings.ts";
import { withDrift } from "../delivery/state.ts";
import { CommandError, EXIT } from "../exit.ts";
import type { Screen } from "../screen.ts";
import { readPlan } from "./plan.ts";

export const apply: Subcommand = (program, run) => {
  program
    .command("apply")
    .argument("<file>", "what multiwan plan has written")
    .description("Apply a plan exactly as it was reviewed, or say what has changed since and change nothing.")
    .option("--check", "only say whether it still holds")
    .addHelpText(
      "after",
      `
A preview of now is compared with the plan. Where the router, the declaration or the state differs, the lines are told and nothing
is changed: exit code 1. Else pulumi up --plan applies it, and the engine holds each resource to the plan once more.
Where nothing is left to do, as in a job that is run again, the exit code is 0.

Example:
  $ multiwan apply reviewed.json && multiwan verify`,
    )
    .action((file: string, options: { check?: true }) =>
      run(async (context) => {
        const { screen } = context;
        const engine = context.engine();
        const found = compared(engine, file);
        const outcome = outcomeOf(found, options.check === true);
        if (outcome === "applied") up(engine, withSettingsOf(found.now, found.reviewed), screen.json);
        tell(screen, engine.stack, found, outcome);
        return outcome === "refused" ? EXIT.no : EXIT.fine;
      }),
    );
};

/** A reviewed plan beside a preview of now. */
interface Compared {
  readonly reviewed: SavedPlan;
  readonly now: SavedPlan;
  /** Nothing is left to do. */
  readonly nothing: boolean;
  /** Why it does not hold; empty where it does. */
  readonly differences: readonly Difference[];
}

/** @throws {CommandError} the file is no plan of this stack, or the preview has failed */
function compared(engine: Engine, file: string): Compared {
  const given = readPlan(file, engine);
  const state = stateOf(engine);
  const reviewed = given.multiwan
    ? given
    : packed(given, state.digests, state.drifts, { is: plannedSettings(given), was: state.settings });
  const now = previewed(engine).plan;
  // Other settings move no line, but the state is to hold them: the next review says what they change from.
  const nothing = isEmpty(now) && allChanges(state.settings, plannedSettings(now)).length === 0;
  const before = withDrift(reviewed, reviewed.multiwan?.drifts ?? {});
  const differences = nothing
    ? []
    : [...compare(before, withDrift(now, state.drifts), state.digests), ...compareSettings(reviewed, now)];
  return { reviewed, now, nothing, differences };
}

type Outcome = "refused" | "nothing to do" | "the plan holds" | "applied";

function outcomeOf({ nothing, differences }: Compared, onlyCheck: boolean): Outcome {
  if (differences.length > 0) return "refused";
  if (nothing) return "nothing to do";
  return onlyCheck ? "the plan holds" : "applied";
}

/** What was applied, pulumi has told already. */
function tell(screen: Screen, stack: string, { nothing, differences }: Compared, outcome: Outcome): void {
  const holds = outcome !== "refused";
  screen.tell({ stack, holds, nothing, differences, applied: outcome === "applied" }, () => {
    if (outcome === "applied") return;
    screen.line(`${stack}: ${outcome}`);
    if (!holds) screen.lines(["", ...refusal(differences)]);
  });
}

/** @throws {CommandError} pulumi has said why */
function up(engine: Engine, reviewed: SavedPlan, quiet: boolean): void {
  const { code } = inFolder((folder) => {
    const file = join(folder, "plan.json");
    writeFileSync(file, JSON.stringify(reviewed), { mode: 0o600 });
    // The preview of just now was this one's.
    return engine.run(["up", "--yes", "--skip-preview", "--plan", file], quiet ? "stderr" : "stdout");
  });
  if (code !== 0)
    throw new CommandError(
      EXIT.router,
      `pulumi up failed (exit code ${code}), and says why above. What "violates plan" was changed while it ran: that resource stays as it is, those before it are applied. Preview again`,
    );
}
