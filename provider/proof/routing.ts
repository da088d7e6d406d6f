/** Policy rules and table look-up, as fib_rules_lookup() and fib_table_lookup() do them. */

import { lengthOf } from "../kernel/ip.ts";
import { type RouteLine, type RuleLine, VERDICTS } from "../kernel/line.ts";
import { formatRoute } from "../kernel/route.ts";
import { formatRule } from "../kernel/rule.ts";
import { numberOf } from "./address-number.ts";
import type { Machine } from "./machine.ts";
import type { Packet } from "./packet.ts";
import { CannotTell, type Step } from "./passing.ts";

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
}

/** What a packet is to the rules. An echo has no ports there. */
export function questionOf(packet: Packet): Omit<Question, "inDevice"> {
  const { source, destination, mark, protocol, sourcePort, destinationPort } = packet;
  return { source, destination, mark, protocol, ...(protocol !== "icmp" && { sourcePort, destinationPort }) };
}

export type Way =
  | { readonly kind: "way"; readonly route: RouteLine; readonly rule: RuleLine }
  /** `unreachable`, `blackhole` or `prohibit`, of a rule or a route; or no rule led anywhere. */
  | { readonly kind: "none"; readonly why: string; readonly by: "refusal" | "routing" };

/** @throws {CannotTell} a rule or route decides that is not modelled */
export function routeOf(machine: Machine, question: Question, steps?: Step[]): Way {
  for (const { rule, extra, fits } of machine.rules) {
    const selects = fits(question);
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

const STRANGE = /\b(nexthop|encap|inet6|tos|dsfield)\b/;

function lookUp(machine: Machine, table: number, question: Question): Found | undefined {
  for (const route of machine.tables.get(table)?.fitting(numberOf(question.destination)) ?? []) {
    const prefix = lengthOf(route.destination);
    if (route.type === "throw") return undefined;
    if (route.rest !== undefined && STRANGE.test(route.rest))
      throw new CannotTell(`the route "${formatRoute(route, machine.names)}" is not modelled`);
    if (VERDICTS.includes(route.type)) return { kind: "none", route, prefix };
    // fib_lookup_good_nhc(): with a device asked for, a route by another one is passed over.
    if (question.outDevice !== undefined && route.device !== question.outDevice) continue;
    return { kind: "way", route, prefix };
  }
  return undefined;
}
