import { InvalidArgumentError } from "commander";
import { routerName } from "../../ssh/settings.ts";
import type { Context, Subcommand } from "../context.ts";
import { EXIT } from "../exit.ts";
import { lookAt } from "../look.ts";
import { parseDuration, units } from "../numbers.ts";
import { pause } from "../pause.ts";
import { type View, viewOf } from "../show/model.ts";
import { withRates } from "../show/rates.ts";
import { printView } from "../show/text.ts";

const WATCH_SECONDS = 2;

export const show: Subcommand = (program, run) => {
  program
    .command("show")
    .description(
      "Links, policy rules, routing tables and iptables chains of the live router, with packet and byte counters.",
    )
    .option("-a, --all", "lines of others too, dimmed, with the name of the program they look like")
    .option(
      "-w, --watch [seconds]",
      `again every so many seconds (${WATCH_SECONDS}), with rates, over one connection`,
      seconds,
    )
    .addHelpText(
      "after",
      `
One login, one exchange per look; nothing is changed. Managed lines are those that the manifest on the router lists.
With --json --watch each look is one line.

Examples:
  $ multiwan show
  $ multiwan show --all --watch 5
  $ multiwan show --json | jq '.links[] | select(.state != "up")'`,
    )
    .action((options: { all?: true; watch?: number | true }) =>
      run(async (context) => {
        const { screen } = context;
        const every = options.watch === true ? WATCH_SECONDS : options.watch;
        const all = options.all === true;
        if (every !== undefined) await watch(context, every, all);
        else {
          const view = await viewed(context);
          screen.tell(view, () => printView(view, screen, { all, watch: false }));
        }
        return EXIT.fine;
      }),
    );
};

async function viewed(context: Context): Promise<View> {
  const stack = context.stack();
  return viewOf(await lookAt(context), stack, routerName(stack.settings));
}

async function watch(context: Context, every: number, all: boolean): Promise<void> {
  const { screen, stop } = context;
  let before: View | undefined;
  while (!stop.aborted) {
    const view = await viewed(context);
    const rated = before ? withRates(view, before) : view;
    before = view;
    if (screen.json) screen.print(rated, true);
    else {
      screen.clear();
      screen.line({ text: `every ${units.duration(every)}, Ctrl-C ends`, style: "dim" });
      printView(rated, screen, { all, watch: true });
    }
    await pause(every * 1000, stop);
  }
}

function seconds(text: string): number {
  const value = parseDuration(text);
  if (value === undefined || value < 1 || value > 3600) throw new InvalidArgumentError("It must be 1 to 3600 seconds.");
  return value;
}
