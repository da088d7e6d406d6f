import type { Engine, Subcommand } from "../context.ts";
import { stateOf } from "../delivery/preview.ts";
import { packed, parsePlan, type SavedPlan, stackOfPlan } from "../delivery/saved-plan.ts";
import { plannedSettings } from "../delivery/settings.ts";
import { CommandError, EXIT } from "../exit.ts";
import { readText, writeText } from "../files.ts";
import { stackName } from "../stack/names.ts";

export const plan: Subcommand = (program, run) => {
  program
    .command("plan")
    .argument("<file>", "what pulumi preview --save-plan has written")
    .description(
      "Make a saved plan fit to be handed on: without any value of the stack file but settings of the router.",
    )
    .requiredOption("-o, --output <file>", "write it there")
    .addHelpText(
      "after",
      `
The file that pulumi writes holds the whole config, with what is not marked as secret in clear. What is written here holds the
resources with their lines, the settings of the routers but for those of the login, and digests of the state of now: multiwan apply
refuses it when another run has been in between. No router is asked. It holds for another login too: a preview with a key that may
only read can make it.

Example:
  $ pulumi preview --save-plan plan.json && multiwan plan plan.json --output reviewed.json && rm plan.json`,
    )
    .action((file: string, options: { output: string }) =>
      run(async (context) => {
        const engine = context.engine();
        const saved = readPlan(file, engine);
        const state = stateOf(engine);
        const settings = { is: plannedSettings(saved), was: state.settings };
        const text = `${JSON.stringify(packed(saved, state.digests, state.drifts, settings), undefined, 1)}\n`;
        writeText(options.output, text, 0o600);
        const count = Object.keys(saved.resourcePlans).length;
        context.screen.tell({ file: options.output, stack: engine.stack, resources: count }, () =>
          context.screen.note(`written to ${options.output}: the plan of ${engine.stack}, ${count} resources`),
        );
        return EXIT.fine;
      }),
    );
};

/** @throws {CommandError} it cannot be read, is no plan, or is one of another stack */
export function readPlan(file: string, engine: Engine): SavedPlan {
  const saved = parsePlan(readText(file), file);
  const { stack, project } = stackOfPlan(saved);
  if (stack !== stackName(engine.stack) || project !== engine.project)
    throw new CommandError(
      EXIT.usage,
      `${file} is a plan of ${project}/${stack}, and the stack here is ${engine.project}/${engine.stack}`,
    );
  return saved;
}
