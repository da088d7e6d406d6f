/** Policy rules and table look-up, as fib_rules_lookup() and fib_table_lookup() do them. */

import { contains, lengthOf } from "../kernel/ip.ts";
import { type RouteLine, type RuleLine, VERDICTS } from "../kernel/line.ts";
import { formatRoute } from "../kernel/route.ts";
import { formatRule } from "../kernel/rule.ts";
import { escaped } from "../router/printable.ts";
import { numberOf } from "./address-number.ts";
import type { Machine } from "./machine.ts";
import type { Packet } from "./packet.ts";
import { CannotTell, type Guess, type Step } from "./passing.ts";

export interface Question {
  readonly source: string;
  readonly destination: string;
  readonly mark: number;
  /** `lo` for what the router sends itself. */
  readonly inDevice: string;
  /** Only routes by this device count. */
  readonly outDevice?: string;
  readonly protocol?: string;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** Default 0. */
  readonly tos?: number;
}

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
  const { rules } = machine;
  for (let at = 0; at < rules.length; at++) {
    const { rule, extra, fits } = rules[at]!;
    let selects = fits(question);
    if (selects === "not modelled") selects = guess?.(`ip rule ${formatRule(rule, machine.names)}`) ?? selects;
    if (selects === false) continue;
    const text = formatRule(rule, machine.names);
    if (selects === "not modelled") throw new CannotTell(`the rule "${text}" is not modelled`);
    const verdict = VERDICTS.find((action) => extra.has(action));
    if (verdict) {
      steps?.push({ at: "ip rule", text: `${text}: the end` });
      const by = rule.from !== "all" || rule.to !== undefined ? "refusal" : "routing";
      return { kind: "none", why: `ip rule ${text}`, by };
    }
    if (extra.has("nop")) continue;
    const target = extra.get("goto");
    if (target !== undefined) {
      // busybox does not print where to.
      if (target === "?") throw new CannotTell(`the rule "${text}" is not modelled`);
      const to = rules.findIndex(({ rule: { priority } }) => priority === Number(target));
      if (to <= at) continue;
      steps?.push({ at: "ip rule", text });
      at = to - 1;
      continue;
    }
    if (rule.table === undefined) throw new CannotTell(`the rule "${text}" is not modelled`);
    const found = lookUp(machine, rule.table, question);
    if (!found) {
      if (rule.priority > 0) steps?.push({ at: "ip rule", text: `${text}: nothing fits there` });
      continue;
    }
    const route = formatRoute(found.route, machine.names);
    const suppressed = extra.get("suppress_prefixlength");
    if (suppressed !== undefined && found.kind === "way" && found.prefix <= Number(suppressed)) {
      steps?.push({ at: "ip rule", text: `${text}: ${route} is suppressed` });
      continue;
    }
    steps?.push({ at: "ip rule", text }, { at: "route", text: route });
    return found.kind === "way"
      ? { kind: "way", route: found.route, rule }
      : { kind: "none", why: `the route "${route}"`, by: found.prefix > 0 ? "refusal" : "routing" };
  }
  return { kind: "none", why: "no route", by: "routing" };
}

type Found = { readonly kind: "way" | "none"; readonly route: RouteLine; readonly prefix: number };

const STRANGE = /\b(nexthop|encap|inet6|dsfield|tos (?!0x[0-9a-f]+\b))\b/;

function lookUp(machine: Machine, table: number, question: Question): Found | undefined {
  refuseStrange(machine, table, question);
  for (const route of machine.tables.get(table)?.fitting(numberOf(question.destination)) ?? []) {
    const prefix = lengthOf(route.destination);
    if (route.rest !== undefined && STRANGE.test(route.rest))
      throw new CannotTell(`the route "${formatRoute(route, machine.names)}" is not modelled`);
    // A route for one TOS is none for the others.
    const tos = /\btos (0x[0-9a-f]+)/.exec(route.rest ?? "")?.[1];
    if (tos !== undefined && Number(tos) !== (question.tos ?? 0)) continue;
    if (route.type === "throw") return undefined;
    if (VERDICTS.includes(route.type)) return { kind: "none", route, prefix };
    // fib_lookup_good_nhc(): with a device asked for, a route by another one is passed over.
    if (question.outDevice !== undefined && route.device !== question.outDevice) continue;
    return { kind: "way", route, prefix };
  }
  return undefined;
}

/** A route that is not understood may be the one for a destination in its network. */
function refuseStrange({ strangeRoutes }: Machine, table: number, { destination }: Question): void {
  const found = strangeRoutes.find(
    (one) => (one.table ?? table) === table && (one.network === undefined || contains(one.network, destination)),
  );
  if (found) throw new CannotTell(`the line "${escaped(found.text)}" of ip route is not modelled`);
}
