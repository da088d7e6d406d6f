import { InvalidArgumentError } from "commander";
import { mayOnlyRead, observerOf } from "../../observe/observer.ts";
import type { Session } from "../../ssh/session.ts";
import { routerName } from "../../ssh/settings.ts";
import type { Context, Subcommand } from "../context.ts";
import { CommandError, EXIT, type ExitCode } from "../exit.ts";
import { formatFlow, parseFlow } from "../flow.ts";
import { linksOf, type NamedLink } from "../links.ts";
import { type LoggedPacket, newLines, parseLogLine } from "../log/lines.ts";
import { matchesOf } from "../log/matches.ts";
import { type Log, readLog, startLog, stopLog } from "../log/session.ts";
import { lookAt } from "../look.ts";
import { parseDuration, units } from "../numbers.ts";
import { pause } from "../pause.ts";

const DEFAULT_SECONDS = 600;

export const log: Subcommand = (program, run) => {
  const command = program
    .command("log")
    .description(
      "Log the packets of one flow on the router for a while. The rules end by themselves, whatever happens to you.",
    );
  command
    .command("on")
    .argument("<flow...>", "tcp|udp|icmp, A to B, from A, to B, host A, port N")
    .description(
      "Put LOG rules first into every chain of mangle, and print what the kernel logs until they end or Ctrl-C.",
    )
    .option("-f, --for <time>", "how long: 90s, 10m, 2h (at most 24h)", duration, DEFAULT_SECONDS)
    .option("--link <name>", "only connections that carry the mark of this link")
    .option("-d, --detach", "do not wait: the lines are in the router's kernel log")
    .allowUnknownOption()
    .addHelpText("after", ON_HELP)
    .action((words: string[], options: { for: number; link?: string; detach?: true }) =>
      run((context) => logOn(context, words, options)),
    );
  command
    .command("off")
    .description("Take the LOG rules away now, whoever has put them there.")
    .action(() => run(logOff));
};

const ON_HELP = `
A flow is named by its connection, as the client opens it: both directions are logged, before and after translation. An end is
an address, a network or a server of the site. The shell takes the > of "->": say "to", or put the flow in quotes.
At most 20 packets a second are logged in each chain. The rules decide nothing, belong to no resource, and are not seen by
pulumi; the next change of the router ends them. With --json each packet is one line.

Examples:
  $ multiwan log on tcp 198.51.100.20 to 123.234.1.11:1494
  $ multiwan log on from server1 to 203.0.113.80 tcp 443 --for 5m
  $ multiwan log on host server2 --link wan_two --for 1h --detach
  $ multiwan log off`;

async function logOff(context: Context): Promise<ExitCode> {
  const { screen } = context;
  mayChange(context);
  const ended = await stopLog(await context.session(), (await lookAt(context)).snapshot);
  const said = { ended: ended.kind === "off", ...("who" in ended && { who: ended.who, flow: ended.what }) };
  screen.tell(said, () => {
    if (ended.kind === "none") screen.line("nothing is logged");
    else screen.line(ended.what === undefined ? "ended" : `ended: ${ended.what}, of ${ended.who}`);
  });
  return EXIT.fine;
}

async function logOn(
  context: Context,
  words: readonly string[],
  options: { for: number; link?: string; detach?: true },
): Promise<ExitCode> {
  const { screen } = context;
  const stack = context.stack();
  const flow = parseFlow(words, stack.site);
  mayChange(context);
  const session = await context.session();
  const { snapshot, manifest } = await lookAt(context);
  const links = linksOf(stack.site, manifest, snapshot.tableNames.names);
  const matches = matchesOf(flow, linkOf(options.link, links));
  const what = [formatFlow(flow), ...(options.link === undefined ? [] : [`on ${options.link}`])].join(" ").trim();
  const started = await startLog(session, snapshot, matches, what, options.for);
  const until = `for ${units.duration(options.for)}`;
  if (options.detach) {
    screen.tell({ logging: what, seconds: options.for, prefix: started.prefix }, () =>
      screen.line(`logging ${what} ${until}; on the router: dmesg | grep ${started.prefix}`),
    );
    return EXIT.fine;
  }
  screen.note(`logging ${what} ${until}; Ctrl-C ends it`);
  const ended = await printed(context, session, started, links);
  if (!ended) await stopLog(session, snapshot);
  screen.note(ended ? "the log has ended" : "ended");
  return EXIT.fine;
}

/** Packets as they are logged. @returns have the rules ended by themselves, before Ctrl-C was pressed? */
async function printed(
  context: Context,
  session: Session,
  started: Log,
  links: readonly NamedLink[],
): Promise<boolean> {
  const { screen, stop } = context;
  let before: readonly string[] = [];
  for (;;) {
    const { lines, alive } = await readLog(session, started);
    for (const line of newLines(lines, before)) {
      const packet = parseLogLine(line, started.prefix);
      if (packet && screen.json) screen.print(packet, true);
      else if (packet) printPacket(context, packet, links);
    }
    before = lines;
    if (!alive) return true;
    if (stop.aborted) return false;
    await pause(1000, stop);
  }
}

function printPacket({ screen }: Context, packet: LoggedPacket, links: readonly NamedLink[]): void {
  const named = (device: string | null) => {
    const link = links.find((one) => one.device === device);
    return device === null ? "-" : link ? `${device} (${link.name})` : device;
  };
  const end = (address: string, port: number | null) => (port === null ? address : `${address}:${port}`);
  const mark = packet.mark === null ? "" : `mark ${packet.mark}`;
  const link = links.find((one) => packet.mark !== null && (Number(packet.mark) & one.mask) >>> 0 === one.mark);
  screen.line(
    { text: `${(packet.at ?? 0).toFixed(3).padStart(11)}  `, style: "dim" },
    { text: packet.hook.padEnd(12), style: "cyan" },
    `${named(packet.in).padEnd(15)} -> ${named(packet.out).padEnd(15)}  ${packet.protocol} `,
    `${end(packet.source, packet.sourcePort)} -> ${end(packet.destination, packet.destinationPort)}`,
    { text: packet.flags.length === 0 ? "" : `  ${packet.flags.join(",")}`, style: "dim" },
    { text: mark === "" ? "" : `  ${mark}${link ? ` (${link.name})` : ""}`, style: "yellow" },
  );
}

function linkOf(name: string | undefined, links: readonly NamedLink[]): NamedLink | undefined {
  const link = links.find((one) => one.name === name);
  if (name !== undefined && !link)
    throw new CommandError(
      EXIT.usage,
      `there is no link "${name}"; there are ${links.map((one) => one.name).join(", ")}`,
    );
  return link;
}

function mayChange(context: Context): void {
  const { settings } = context.stack();
  if (observerOf(settings) !== undefined) throw mayOnlyRead(routerName(settings));
}

function duration(text: string): number {
  const value = parseDuration(text);
  if (value === undefined || value < 1 || value > 86400)
    throw new InvalidArgumentError("It must be a time such as 90s, 10m or 2h, at most 24h.");
  return value;
}
