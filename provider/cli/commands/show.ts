import { InvalidArgumentError } from "commander";
import { routerName } from "../../ssh/settings.ts";
import { EXIT } from "../exit.ts";
import { look } from "../look.ts";
import { parseDuration, units } from "../numbers.ts";
import { pause } from "../pause.ts";
import type { Subcommand } from "../program.ts";
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
One login, one exchange per look; nothing is changed. Ours is what the manifest on the router lists.
With --json --watch each look is one line.

Examples:
  $ multiwan show
  $ multiwan show --all --watch 5
  $ multiwan show --json | jq '.links[] | select(.state != "up")'`,
    )
    .action((options: { all?: true; watch?: number | true }) =>
      run(async (context) => {
        const { screen } = context;
        const stack = context.stack();
        const every = options.watch === true ? WATCH_SECONDS : options.watch;
        const print = { all: options.all === true, watch: every !== undefined };
        const read = async () => {
          const seen = await look(await context.session(), stack.settings);
          return viewOf(seen, stack, routerName(stack.settings));
        };
        if (every === undefined) {
          const view = await read();
          if (screen.json) screen.print(view);
          else printView(view, screen, print);
          return EXIT.fine;
        }
        const { stop } = context;
        let before: View | undefined;
        while (!stop.aborted) {
          const view = await read();
          const rated = before ? withRates(view, before) : view;
          before = view;
          if (screen.json) screen.print(rated, true);
          else {
            screen.clear();
            screen.line({ text: `every ${units.duration(every)}, Ctrl-C ends`, style: "dim" });
            printView(rated, screen, print);
          }
          await pause(every * 1000, stop);
        }
        return EXIT.fine;
      }),
    );
};

function seconds(text: string): number {
  const value = parseDuration(text);
  if (value === undefined || value < 1 || value > 3600) throw new InvalidArgumentError("It must be 1 to 3600 seconds.");
  return value;
}
