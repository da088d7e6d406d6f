/** `show` for people. */
import { units } from "../numbers.ts";
import type { Piece, Screen, Style } from "../screen.ts";
import type { Shown, ShownChain, ShownLink, View } from "./model.ts";

export interface ShowOptions {
  /** Lines of others too. */
  readonly all: boolean;
  /** Rates have a place although the first look has none. */
  readonly watch: boolean;
}

export function printView(view: View, screen: Screen, { all, watch }: ShowOptions): void {
  const { router, stack, kernel, iptables, links, rules, tables, chains, drift, counters } = view;
  screen.line(
    { text: stack, style: "bold" },
    `  ${router}  Linux ${kernel}, iptables ${iptables}, up ${units.duration(view.uptime)}`,
  );
  screen.heading("Links");
  if (links.length === 0) screen.line("  none: nothing of this stack is on the router, and the stack file has no site");
  const rate = (bytes: number | undefined) => (bytes === undefined ? "" : `${units.bytes(bytes)}/s`);
  screen.table(
    [
      "name",
      "device",
      "state",
      "gateway",
      "mark",
      "table",
      "addresses",
      "in",
      "out",
      ...(watch ? ["in/s", "out/s"] : []),
    ],
    links.map((link) => [
      { text: link.default ? `${link.name} (default)` : link.name, style: link.default ? "bold" : "plain" },
      link.device,
      stateOf(link),
      gatewayOf(link),
      link.mark,
      String(link.table),
      link.addresses,
      units.bytes(link.rxBytes),
      units.bytes(link.txBytes),
      ...(watch ? [rate(link.rxRate), rate(link.txRate)] : []),
    ]),
  );

  const wanted = (one: Shown) => all || one.owner !== null;
  section(screen, "Rules", rules.filter(wanted));
  for (const table of tables)
    section(screen, `Table ${table.id}${table.name === null ? "" : ` ${table.name}`}`, table.routes.filter(wanted));
  for (const chain of chains) printChain(chain, screen, { all, watch, counters });
  if (!all) {
    const foreign =
      rules.filter((one) => !wanted(one)).length + chains.flatMap((c) => c.rules.filter((r) => !wanted(r))).length;
    if (foreign > 0) screen.line({ text: `(${foreign} rules of others: --all shows them)`, style: "dim" });
  }
  if (drift.length > 0) {
    screen.heading("Not as the last run left it");
    for (const line of drift) screen.line({ text: `  ${line}`, style: "yellow" });
  }
  if (!counters) screen.note("no counters: these settings may only look (multiwan:router.readOnly)");
}

function section(screen: Screen, title: string, lines: readonly Shown[]): void {
  if (lines.length === 0) return;
  screen.heading(title);
  screen.table(
    ["line", "owner"],
    lines.map((one) => [styled(one, one.text), ownerOf(one)]),
  );
}

function printChain(
  chain: ShownChain,
  screen: Screen,
  { all, watch, counters }: ShowOptions & { counters: boolean },
): void {
  const rules = chain.rules.filter((rule) => all || rule.owner !== null || isLog(chain.chain, rule.text));
  const isEmpty = rules.length === 0 && (chain.owner === null || chain.policy !== "-");
  if (isEmpty && !(all && chain.policy !== "-")) return;
  const policy =
    chain.policy === "-"
      ? ""
      : `, policy ${chain.policy}${chain.packets === undefined ? "" : ` ${units.count(chain.packets)} packets`}`;
  // A chain of ours is one resource's as a whole.
  const owner = chain.policy !== "-" || chain.owner === null ? "" : `: ${chain.owner}`;
  screen.heading(`Chain ${chain.chain} (${chain.table}${policy})${owner}`);
  screen.table(
    [
      ...["num", ...(counters ? ["packets", "bytes"] : []), ...(watch ? ["packets/s", "bytes/s"] : []), "rule"],
      ...(owner === "" ? ["owner"] : []),
    ],
    rules.map((rule) => [
      String(rule.number),
      ...(counters ? [units.count(rule.packets ?? 0), units.bytes(rule.bytes ?? 0)] : []),
      ...(watch ? (rule.rate ? [units.rate(rule.rate.packets), units.bytes(rule.rate.bytes)] : ["", ""]) : []),
      styled(rule, rule.text),
      ...(owner === "" ? [isLog(chain.chain, rule.text) ? "multiwan log" : ownerOf(rule)] : []),
    ]),
  );
}

const isLog = (chain: string, rule: string) => chain.startsWith("mw-log.") || rule.startsWith("-j mw-log.");

function styled(one: Shown, text: string): Piece {
  return { text, style: one.owner === null ? "dim" : "plain" };
}

function ownerOf({ owner, neighbour }: Shown): Piece {
  if (owner !== null) return { text: owner, style: "green" };
  return { text: neighbour === undefined ? "" : `(${neighbour})`, style: "dim" };
}

function stateOf({ state }: ShownLink): Piece {
  const style: Style = state === "up" ? "green" : "red";
  return { text: state, style };
}

function gatewayOf({ gateway, gatewayAnswers }: ShownLink): Piece {
  if (gateway === null) return "";
  return gatewayAnswers === false ? { text: `${gateway} (no answer)`, style: "red" } : gateway;
}
