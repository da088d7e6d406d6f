/**
 * What packets meet before they come to a rule of this stack: policy rules of others with a lower priority, judged by what they
 * select and by where they lead. Values in, values out.
 */

import { wordsOf } from "../dialects/iproute2/rule.ts";
import { overlap, parseNetwork } from "../model/ip.ts";
import {
  type Fragment,
  FULL_MASK,
  LOCAL_TABLE,
  MAIN_TABLE,
  type RouteLine,
  type RuleLine,
  VERDICTS,
} from "../model/line.ts";

/** Do these packets meet it: every one, some of them, or none? */
export type Share = "all" | "some" | "none";

/** A rule of others that takes packets which a rule of this stack is meant for. */
export interface Taker {
  readonly rule: RuleLine;
  readonly share: Exclude<Share, "none">;
  /** The route that they leave by; undefined where the rule itself ends their way, or jumps over the rule that is meant. */
  readonly route?: RouteLine;
  /** It looks up the main table, which has no default route yet: with the first one packets leave by it. */
  readonly later?: true;
  /** Where it jumps to. */
  readonly over?: number;
}

/** Whether packets carry these bits of a mark that others compare; those that the router sends itself, or any. */
export type Carries = (mark: number, mask: number, fromRouter: boolean) => Share;

export interface Surroundings {
  /** Rules of others. */
  readonly rules: readonly RuleLine[];
  /** Routes of the router as they will be. */
  readonly routes: readonly RouteLine[];
  /** Addresses of the router itself. */
  readonly own: ReadonlySet<string>;
  /** Networks and addresses that packets of the links come from, as far as the stack declares them. */
  readonly inside: readonly string[];
  readonly carries: Carries;
}

/** Rules of others that take packets of `meant` away from it, in the order in which they are met, up to one that takes all. */
export function takersOf(meant: RuleLine, around: Surroundings): Taker[] {
  const wanted = widest(meant.table, around.routes);
  const found: Taker[] = [];
  // Where the table's own way is not known yet, nothing leads elsewhere.
  for (const rule of before(meant, around.rules)) {
    const share = shareOf(rule, meant, around);
    const end = share === "none" ? undefined : endOf(rule, meant, around.routes);
    if (share === "none" || end === undefined) continue;
    const { route, later } = end;
    if (later && share === "some") continue;
    if (route === undefined || (wanted.length > 0 && !wanted.some((one) => sameWay(one, route))))
      found.push({ rule, share, ...end });
    if (share === "all") break;
  }
  return found;
}

/** What becomes of a packet for the internet that a rule selects; undefined: it comes to the next one. */
function endOf(
  rule: RuleLine,
  meant: RuleLine,
  routes: readonly RouteLine[],
): Pick<Taker, "route" | "over" | "later"> | undefined {
  const words = wordsOf(rule);
  const target = Number(words.get("goto") ?? 0);
  if (target > meant.priority) return { over: target };
  if (VERDICTS.some((verdict) => words.has(verdict))) return {};
  const route = rule.table === undefined ? undefined : leads(rule, words, routes);
  if (route || rule.table !== MAIN_TABLE || suppressed(words) >= 0) return route && { route };
  return { later: true };
}

/** The rule that looks up the router's own addresses, where it stands behind: their packets then leave by a link. */
export function localBehind(meant: RuleLine, rules: readonly RuleLine[]): RuleLine | undefined {
  const local = rules.filter((rule) => rule.table === LOCAL_TABLE && isPlain(rule));
  return before(meant, local).length > 0 ? undefined : local.toSorted((a, b) => a.priority - b.priority)[0];
}

export function before(meant: RuleLine, rules: readonly RuleLine[]): RuleLine[] {
  return rules.filter(({ priority }) => priority < meant.priority).sort((a, b) => a.priority - b.priority);
}

function isPlain({ from, to, mark, rest }: RuleLine): boolean {
  return from === "all" && to === undefined && mark === undefined && rest === undefined;
}

export const NEGATED: Readonly<Record<Share, Share>> = { all: "none", some: "some", none: "all" };
/** Of sockets and devices that ask for it themselves; a table of a VRF takes only what belongs to it. */
const ASKED_FOR = ["oif", "uidrange"];
const SILENT = new Set(["not", "goto", "lookup", "proto", "protocol", "realms", ...VERDICTS, "nop"]);
const SUPPRESS = /^suppress_/;

function shareOf(rule: RuleLine, meant: RuleLine, { own, inside, carries }: Surroundings): Share {
  const words = wordsOf(rule);
  // A few destinations are what somebody wants: a link is for all the others.
  const narrow = rule.to !== undefined || ASKED_FOR.some((word) => words.has(word));
  if (narrow && !words.has("not")) return "none";
  const other = [...words.keys()].filter((word) => !SILENT.has(word) && !SUPPRESS.test(word) && word !== "iif");
  const fromRouter = own.has(parseNetwork(meant.from)?.address ?? "");
  const share = least([
    marks(rule, meant, carries, fromRouter),
    sources(rule, meant, own, inside),
    incoming(words.get("iif"), fromRouter),
    ...(narrow || other.length > 0 ? (["some"] as const) : []),
  ]);
  return words.has("not") ? NEGATED[share] : share;
}

export function least(shares: readonly Share[]): Share {
  return shares.includes("none") ? "none" : shares.includes("some") ? "some" : "all";
}

/** Bits that neither writes are 0. */
export function marks(rule: RuleLine, meant: RuleLine, carries: Carries, fromRouter: boolean): Share {
  if (rule.mark === undefined) return "all";
  const mask = rule.mask ?? FULL_MASK;
  const known = meant.mark === undefined ? 0 : (meant.mask ?? FULL_MASK);
  if ((mask & known & (rule.mark ^ (meant.mark ?? 0))) !== 0) return "none";
  const rest = (mask & ~known) >>> 0;
  return rest === 0 ? "all" : carries((rule.mark & rest) >>> 0, rest, fromRouter);
}

function sources(rule: RuleLine, meant: RuleLine, own: ReadonlySet<string>, inside: readonly string[]): Share {
  if (rule.from === "all") return "all";
  const network = parseNetwork(rule.from);
  if (meant.from === "all") {
    const itself = network?.prefix === 32 && own.has(network.address);
    return !itself && inside.some((one) => overlap(one, rule.from)) ? "some" : "none";
  }
  if (!overlap(rule.from, meant.from)) return "none";
  return (network?.prefix ?? 0) <= (parseNetwork(meant.from)?.prefix ?? 32) ? "all" : "some";
}

/** What the router sends itself comes in by `lo`. */
function incoming(device: string | undefined, fromRouter: boolean): Share {
  if (device === undefined) return "all";
  return fromRouter ? (device === "lo" ? "all" : "none") : "some";
}

/** Where a packet for the internet leaves by the rule's table; undefined: nowhere, and the next rule is asked. */
function leads(
  rule: RuleLine,
  words: ReadonlyMap<string, string>,
  routes: readonly RouteLine[],
): RouteLine | undefined {
  const least = suppressed(words);
  return widest(rule.table, routes).find(({ destination }) => (destination === "default" ? 0 : 1) > least);
}

export function suppressed(words: ReadonlyMap<string, string>): number {
  return Number(words.get("suppress_prefixlength") ?? -1);
}

/** The routes of a table that lead everywhere: halves of all addresses before the default, which they hide; then by metric. */
function widest(table: number | undefined, routes: readonly RouteLine[]): RouteLine[] {
  const all = routes.filter((route) => route.table === table && route.type !== "throw");
  const half = (destination: string) => all.find((route) => route.destination === destination);
  const halves = [half("0.0.0.0/1"), half("128.0.0.0/1")];
  const defaults = all.filter(({ destination }) => destination === "default").sort((a, b) => a.metric - b.metric);
  return [...(halves.every(Boolean) ? [halves[0]!] : []), ...defaults.slice(0, 1)];
}

function sameWay(a: RouteLine, b: RouteLine): boolean {
  return a.type === b.type && a.device === b.device && a.gateway === b.gateway && a.rest === b.rest;
}

/** Routes of the router with those that are declared in the place of their like. */
export function routesWith(live: readonly RouteLine[], declared: Fragment): RouteLine[] {
  const routes = declared.filter((line) => line.kind === "route");
  const place = ({ table, destination, metric }: RouteLine) => `${table} ${destination} ${metric}`;
  const taken = new Set(routes.map(place));
  return [...live.filter((route) => !taken.has(place(route))), ...routes];
}
