/** Policy rules and table look-up, as fib_rules_lookup() and fib_table_lookup() do them. */

import { formatRoute } from "../dialects/iproute2/route.ts";
import { formatRule } from "../dialects/iproute2/rule.ts";
import { contains, lengthOf } from "../model/ip.ts";
import { type RouteLine, type RuleLine, VERDICTS } from "../model/line.ts";
import { escaped } from "../model/printable.ts";
import { numberOf } from "./address-number.ts";
import { decidingRoute, type Machine } from "./machine.ts";
import type { Packet } from "./packet.ts";
import { CannotTell, type Guess } from "./passing.ts";
import { type PolicyRule, rulesFor } from "./policy-rule.ts";
import type { Question } from "./question.ts";
import type { Leads, Step } from "./step.ts";

/** What a packet is to the rules. An echo has no ports there. */
export function questionOf(packet: Packet): Omit<Question, "inDevice"> {
  const { source, destination, mark, protocol, sourcePort, destinationPort, tos = 0 } = packet;
  return { source, destination, mark, protocol, tos, ...(protocol !== "icmp" && { sourcePort, destinationPort }) };
}

export type Way =
  | { readonly kind: "way"; readonly route: RouteLine; readonly rule: RuleLine }
  /** `unreachable`, `blackhole` or `prohibit`, of a rule or a route; or no rule led anywhere. */
  | { readonly kind: "none"; readonly why: string; readonly by: "refusal" | "routing" };

/**
 * @param guess what to assume of a rule whose selector is not modelled
 * @throws {CannotTell} a rule or route decides that is not modelled
 */
export function routeOf(machine: Machine, question: Question, steps?: Step[], guess?: Guess): Way {
  const rules = rulesFor(machine.rules, question.source);
  const asking: Asking = { machine, question, steps, guess };
  for (let at = 0; at < rules.length; ) {
    const answer = answerOf(rules[at]!, asking);
    if (typeof answer === "object") return answer;
    // The one that it leads to may be for another source: then it goes on behind that.
    const to = answer === "next" ? at + 1 : rules.findIndex(({ rule: { priority } }) => priority >= answer);
    at = to < 0 ? rules.length : to;
  }
  return { kind: "none", why: "no route", by: "routing" };
}

interface Asking {
  readonly machine: Machine;
  readonly question: Question;
  readonly steps: Step[] | undefined;
  readonly guess: Guess | undefined;
}

/** What a rule answers: the end of the look-up, that the rule behind it is to be asked, or at which priority it goes on. */
type Answer = Way | "next" | number;

function answerOf({ rule, extra, fits }: PolicyRule, asking: Asking): Answer {
  if (!selects(rule, fits(asking.question), asking)) return "next";
  if (VERDICTS.some((action) => extra.has(action))) return refusedBy(rule, asking);
  if (extra.has("nop")) return "next";
  const target = extra.get("goto");
  if (target !== undefined) return jumpOf(rule, target, asking);
  if (rule.table === undefined) throw unmodelled(rule, asking.machine);
  return wayIn(rule.table, rule, Number(extra.get("suppress_prefixlength") ?? -1), asking);
}

function selects(rule: RuleLine, fits: ReturnType<PolicyRule["fits"]>, { machine, guess }: Asking): boolean {
  if (fits !== "not modelled") return fits;
  const guessed = guess?.(`ip rule ${formatRule(rule, machine.names)}`);
  if (guessed === undefined) throw unmodelled(rule, machine);
  return guessed;
}

function refusedBy(rule: RuleLine, asking: Asking): Way {
  note(asking, rule, { kind: "refusal" });
  const by = rule.from !== "all" || rule.to !== undefined ? "refusal" : "routing";
  return { kind: "none", why: `ip rule ${formatRule(rule, asking.machine.names)}`, by };
}

/** It leads nowhere where no rule has that priority, and never back. */
function jumpOf(rule: RuleLine, target: string, asking: Asking): Answer {
  // busybox does not print where to.
  if (target === "?") throw unmodelled(rule, asking.machine);
  const isThere = asking.machine.rules.some(({ rule: { priority } }) => priority === Number(target));
  if (!isThere || Number(target) <= rule.priority) return "next";
  note(asking, rule, { kind: "goto" });
  return Number(target);
}

function wayIn(table: number, rule: RuleLine, limit: number, asking: Asking): Answer {
  const { machine, question, steps } = asking;
  const found = lookUp(machine, table, question, limit);
  if (!found) {
    if (rule.priority > 0) note(asking, rule, { kind: "no route" });
    return "next";
  }
  if (found.kind === "way" && found.prefix <= limit) {
    note(asking, rule, { kind: "suppressed", route: found.route });
    return "next";
  }
  note(asking, rule, { kind: "route" });
  steps?.push({ kind: "route", route: found.route });
  if (found.kind === "way") return { kind: "way", route: found.route, rule };
  const by = found.prefix > 0 ? "refusal" : "routing";
  return { kind: "none", why: `the route "${formatRoute(found.route, machine.names)}"`, by };
}

function note({ steps }: Asking, rule: RuleLine, leads: Leads): void {
  steps?.push({ kind: "policy rule", rule, leads });
}

function unmodelled(rule: RuleLine, { names }: Machine): CannotTell {
  return new CannotTell(`the rule "${formatRule(rule, names)}" is not modelled`);
}

type Found = { readonly kind: "way" | "none"; readonly route: RouteLine; readonly prefix: number };

/** Is the route of that length at most, and nothing special about it? Then a rule with such a limit goes on to the next one. */
export function isPassedOver(route: RouteLine, limit: number): boolean {
  return route.type === "unicast" && lengthOf(route.destination) <= limit && !isStrange(route);
}

const STRANGE = /\b(nexthop|encap|inet6|dsfield|tos (?!0x[0-9a-f]+\b))\b/;
const isStrange = ({ rest }: RouteLine) => rest !== undefined && STRANGE.test(rest);

function lookUp(machine: Machine, table: number, question: Question, limit: number): Found | undefined {
  refuseStrange(machine, table, question);
  const decides = (route: RouteLine) => isStrange(route) || isFor(route, question);
  const route = decidingRoute(machine, table, numberOf(question.destination), decides, limit);
  if (!route) return undefined;
  if (isStrange(route)) throw new CannotTell(`the route "${formatRoute(route, machine.names)}" is not modelled`);
  if (route.type === "throw") return undefined;
  return { kind: VERDICTS.includes(route.type) ? "none" : "way", route, prefix: lengthOf(route.destination) };
}

/** Is it not passed over for what is asked besides the destination? */
function isFor({ type, device, rest = "" }: RouteLine, { tos = 0, outDevice }: Question): boolean {
  // A route for one TOS is none for the others.
  const own = /\btos (0x[0-9a-f]+)/.exec(rest)?.[1];
  if (own !== undefined && Number(own) !== tos) return false;
  // fib_lookup_good_nhc(): with a device asked for, a route by another one is passed over.
  return type === "throw" || VERDICTS.includes(type) || outDevice === undefined || device === outDevice;
}

/** A route that is not understood may be the one for a destination in its network. */
function refuseStrange({ strangeRoutes }: Machine, table: number, { destination }: Question): void {
  const found = strangeRoutes.find(
    (one) => (one.table ?? table) === table && (one.network === undefined || contains(one.network, destination)),
  );
  if (found) throw new CannotTell(`the line "${escaped(found.text)}" of ip route is not modelled`);
}
