/** Steps for addresses, settings, routes and rules: one command each, in the words of `ip`. */

import { takenBack } from "../dialects/iproute2/replay.ts";
import { wordsOf } from "../dialects/iproute2/rule.ts";
import { lineKey } from "../dialects/line-key.ts";
import { command, quote } from "../dialects/quote.ts";
import { formatNetwork, parseNetwork } from "../model/ip.ts";
import { FULL_MASK, type Line, MAIN_TABLE, type RouteLine, type RuleLine } from "../model/line.ts";
import { formatMarkAndMask } from "../model/mark.ts";
import { sysctlPath } from "../model/sysctl-key.ts";
import type { Live } from "./live.ts";
import type { Owned } from "./settlement.ts";
import { type OfKind, phaseOf, putPhase, removal, type Step } from "./step.ts";

type Networked = OfKind<"address" | "sysctl" | "route" | "rule">;

export function isNetworked(line: Line): line is Networked {
  return line.kind === "address" || line.kind === "sysctl" || line.kind === "route" || line.kind === "rule";
}

export function putStep(owned: Owned & { line: Networked }, live: Live): Step {
  const { line } = owned;
  if (owned.behind && line.kind === "route") return behindStep(owned, line);
  const replaced = live
    .inSlot(line)
    .filter(isNetworked)
    .find((there) => lineKey(there) !== lineKey(line));
  // The kernel refuses to add what is there: a line that came in the meantime is found out, and is never taken for the plan's.
  const run =
    line.kind === "route" && !replaced ? command("ip", "route", "add", ...routeWords(line)) : putCommand(line);
  return {
    phase: putPhase(owned),
    owners: [owned.owner],
    what: run,
    run,
    undo: replaced ? swapped(line, replaced) : gone(line),
    touches: replaced ? [line, replaced] : [line],
  };
}

function behindStep(owned: Owned, line: RouteLine): Step {
  const run = command("ip", "route", "append", ...routeWords(line));
  return { phase: putPhase(owned), owners: [owned.owner], what: run, run, undo: gone(line), touches: [line] };
}

export function dropStep(owned: Owned & { line: Networked }): Step {
  const { line } = owned;
  return {
    phase: removal(phaseOf(owned)),
    owners: [owned.owner],
    what: dropCommand(line),
    run: gone(line),
    undo: addAgain(line),
    touches: [line],
  };
}

/** Takes away this very line; that it is gone already is no fault. */
function gone(line: Networked): string {
  switch (line.kind) {
    case "sysctl":
      return ":";
    case "route":
      return `gone_route ${routeLook(line)} ${dropCommand(line)}`;
    case "rule":
      return isPlain(line) ? `gone_rule ${ruleLook(line)} ${dropCommand(line)}` : `gone ${dropCommand(line)}`;
    case "address":
      return `gone ${dropCommand(line)}`;
  }
}

/** Brings a line back; that it is there already is no fault. */
function addAgain(line: Networked): string {
  if (line.kind === "sysctl") return putCommand(line);
  return `there ${line.kind === "route" ? command("ip", "route", "add", ...routeWords(line)) : putCommand(line)}`;
}

function swapped(line: Networked, replaced: Networked): string {
  return line.kind === "route" ? `swap_route ${routeLook(line)} ${putCommand(replaced)}` : putCommand(replaced);
}

/** What `route_is` is asked. */
function routeLook({ table, destination, type, gateway, device, protocol, scope, source, metric }: RouteLine): string {
  const words = [
    type === "unicast" ? undefined : type,
    ...[gateway, device, protocol === "boot" ? undefined : protocol, scope === "global" ? undefined : scope, source],
    metric === 0 ? undefined : metric,
  ];
  return command(table, destination, words.map((word) => word ?? "-").join(" "));
}

/** Has it no words but those that `gone_rule` compares? */
function isPlain(rule: RuleLine): boolean {
  return [...wordsOf(rule).keys()].every((word) => COMPARED.includes(word));
}

const COMPARED = ["iif", "suppress_prefixlength"];

/** What `gone_rule` is asked: in the words of `ip rule show`. */
function ruleLook(rule: RuleLine): string {
  const { priority, from, to, mark, mask = FULL_MASK } = rule;
  const network = (text: string) => {
    const parsed = parseNetwork(text);
    return parsed ? formatNetwork(parsed) : text;
  };
  const marked = mark === undefined ? "-" : formatMarkAndMask({ mark, mask }).slice("0x".length);
  const words = wordsOf(rule);
  const others = COMPARED.map((word) => words.get(word) ?? "-");
  return command(priority, [network(from), to === undefined ? "-" : network(to), marked, ...others].join(" "));
}

/** The command that makes such a line. */
export function putCommand(line: Networked): string {
  switch (line.kind) {
    case "address":
      return command("ip", "addr", "add", ...addressWords(line), ...foundWords(line));
    case "sysctl":
      // Not sysctl(8): small routers lack it, and its keys cannot name every device.
      return `echo ${quote(line.value)} >${quote(sysctlPath(line.key))}`;
    case "route":
      return command("ip", "route", "replace", ...routeWords(line));
    case "rule":
      return command("ip", "rule", "add", ...ruleWords(line));
  }
}

function dropCommand(line: Networked): string {
  switch (line.kind) {
    case "address":
      return command("ip", "addr", "del", ...addressWords(line));
    case "sysctl":
      return ":";
    case "route":
      return command("ip", "route", "del", ...routeWords(line));
    case "rule":
      return command("ip", "rule", "del", ...ruleWords(line));
  }
}

/** The prefix behind a peer is the peer's. */
function addressWords({ address, prefix, device, rest }: OfKind<"address">): string[] {
  const peer = /(?:^| )peer (\S+)/.exec(rest ?? "")?.[1];
  return [...(peer ? [address, "peer", peer] : [`${address}/${prefix}`]), "dev", device];
}

/** What only an address that was found has. */
function foundWords({ scope, rest = "" }: OfKind<"address">): string[] {
  const words = rest.replace(/(^| )peer \S+/, "").split(" ");
  return [...(scope ? ["scope", scope] : []), ...words.filter((word) => word !== "")];
}

function routeWords(line: RouteLine): (string | number)[] {
  return [
    ...(line.type === "unicast" ? [] : [line.type]),
    line.destination,
    ...(line.gateway ? ["via", line.gateway] : []),
    ...(line.device ? ["dev", line.device] : []),
    ...(line.table === MAIN_TABLE ? [] : ["table", line.table]),
    ...(line.protocol && line.protocol !== "boot" ? ["proto", line.protocol] : []),
    ...(line.scope ? ["scope", line.scope] : []),
    ...(line.source ? ["src", line.source] : []),
    ...(line.metric ? ["metric", line.metric] : []),
    ...(line.onlink ? ["onlink"] : []),
    // Only a route that was found can have more, and it goes back in the words it was printed in.
    ...(line.rest ? takenBack(line.rest).split(" ") : []),
  ];
}

/** Priority and full selector, always: a rule named by its priority alone may be somebody else's (ip-rule(8)). */
function ruleWords(line: RuleLine): (string | number)[] {
  const mask = line.mask ?? FULL_MASK;
  const rest = line.rest ? takenBack(line.rest).split(" ") : [];
  const not = rest[0] === "not";
  return [
    ...(not ? ["not"] : []),
    "from",
    line.from,
    ...(line.to ? ["to", line.to] : []),
    ...(line.mark === undefined ? [] : ["fwmark", formatMarkAndMask({ mark: line.mark, mask })]),
    ...(line.table === undefined ? [] : ["table", line.table]),
    ...rest.slice(not ? 1 : 0),
    "pref",
    line.priority,
  ];
}
