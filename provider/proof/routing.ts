/** Policy rules and table look-up, as fib_rules_lookup() and fib_table_lookup() do them. */
import { contains, toNumber } from "../kernel/ip.ts";
import { FULL_MASK, type RouteLine, type RuleLine } from "../kernel/line.ts";
import { formatRoute } from "../kernel/route.ts";
import { formatRule } from "../kernel/rule.ts";
import type { Machine } from "./machine.ts";
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

export type Way =
  | { readonly kind: "way"; readonly route: RouteLine; readonly rule: RuleLine }
  /** `unreachable`, `blackhole` or `prohibit`, of a rule or a route; or no rule led anywhere. */
  | { readonly kind: "none"; readonly why: string };

/** @throws {CannotTell} a rule or route decides that is not modelled */
export function routeOf(machine: Machine, question: Question, steps?: Step[]): Way {
  for (const rule of machine.rules) {
    if (!ruleFits(machine, rule, question)) continue;
    const text = formatRule(rule, machine.names);
    const extra = extraOf(rule);
    const verdict = ["unreachable", "blackhole", "prohibit"].find((action) => extra.has(action));
    if (verdict) {
      steps?.push({ at: "ip rule", text: `${text}: the end` });
      return { kind: "none", why: `ip rule ${text}` };
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
      : { kind: "none", why: `the route "${route}"` };
  }
  return { kind: "none", why: "no route" };
}

type Found = { readonly kind: "way" | "none"; readonly route: RouteLine; readonly prefix: number };

const STRANGE = /\b(nexthop|encap|inet6|tos|dsfield)\b/;

function lookUp(machine: Machine, table: number, question: Question): Found | undefined {
  const number = toNumber(question.destination);
  for (const { route, base, bits, prefix } of machine.tables.get(table) ?? []) {
    if ((number & bits) >>> 0 !== base) continue;
    if (route.type === "throw") return undefined;
    if (route.rest !== undefined && STRANGE.test(route.rest))
      throw new CannotTell(`the route "${formatRoute(route, machine.names)}" is not modelled`);
    const ends = route.type === "unreachable" || route.type === "blackhole" || route.type === "prohibit";
    if (ends) return { kind: "none", route, prefix };
    // fib_lookup_good_nhc(): with a device asked for, a route by another one is passed over.
    if (question.outDevice !== undefined && route.device !== question.outDevice) continue;
    return { kind: "way", route, prefix };
  }
  return undefined;
}

/** A rule's remaining words by name. @throws {CannotTell} one of them is not modelled */
function extraOf(rule: RuleLine): ReadonlyMap<string, string> {
  return new Map(wordsOf(rule.rest ?? ""));
}

const ALONE = new Set(["not", "unreachable", "blackhole", "prohibit", "nop"]);
const MODELLED = new Set([...ALONE, "iif", "oif", "ipproto", "sport", "dport", "suppress_prefixlength"]);
const HARMLESS = new Set(["proto", "protocol", "realms"]);

function wordsOf(rest: string): [string, string][] {
  const words = rest.split(" ").filter(Boolean);
  const entries: [string, string][] = [];
  while (words.length > 0) {
    const word = words.shift()!;
    entries.push([word, ALONE.has(word) ? "" : (words.shift() ?? "")]);
  }
  return entries.filter(([word]) => !HARMLESS.has(word));
}

function ruleFits(machine: Machine, rule: RuleLine, question: Question): boolean {
  const extra = extraOf(rule);
  const selects =
    within(rule.from, question.source) &&
    within(rule.to ?? "all", question.destination) &&
    (rule.mark === undefined || ((rule.mark ^ question.mark) & (rule.mask ?? FULL_MASK)) === 0) &&
    (!extra.has("iif") || extra.get("iif") === question.inDevice) &&
    (!extra.has("oif") || extra.get("oif") === question.outDevice) &&
    fitsPort(extra.get("sport"), question.sourcePort) &&
    fitsPort(extra.get("dport"), question.destinationPort) &&
    fitsProtocol(extra.get("ipproto"), question.protocol);
  const strange = [...extra.keys()].find((word) => !MODELLED.has(word));
  // Words that are not modelled can only make a rule fit less often, but for `not`.
  if (strange !== undefined && (selects || extra.has("not")))
    throw new CannotTell(`the rule "${formatRule(rule, machine.names)}" is not modelled`);
  return selects !== extra.has("not");
}

function within(network: string, address: string): boolean {
  return network === "all" || contains(network, address);
}

function fitsPort(wanted: string | undefined, port: number | undefined): boolean {
  if (wanted === undefined) return true;
  const [low = 0, high = low] = wanted.split("-").map(Number);
  return port !== undefined && port >= low && port <= high;
}

function fitsProtocol(wanted: string | undefined, protocol: string | undefined): boolean {
  return wanted === undefined || wanted === protocol;
}
