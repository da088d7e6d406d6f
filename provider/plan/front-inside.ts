/**
 * Policy rules of others that packets towards the inside meet first: requests for a published service behind their DNAT, and
 * answers to hosts of the LAN, both arriving on a link's device. Values in, values out.
 */

import { longestMatch } from "../dialects/iproute2/routes.ts";
import { wordsOf } from "../dialects/iproute2/rule.ts";
import { type DnatDoor, dnatDoors } from "../model/dnat.ts";
import { lengthOf, overlap } from "../model/ip.ts";
import { MAIN_PRIORITY } from "../model/kernel-rules.ts";
import {
  type Fragment,
  type Line,
  LOCAL_TABLE,
  MAIN_TABLE,
  type RouteLine,
  type RuleLine,
  VERDICTS,
} from "../model/line.ts";
import { looksFor, type Marking, marksOf } from "./between-links.ts";
import { before, least, marks, NEGATED, type Share, type Surroundings, suppressed } from "./in-front.ts";

export interface Diverted {
  readonly rule: RuleLine;
  readonly share: Exclude<Share, "none">;
  /** The rule that was meant for them; undefined: the one that looks up the main table. */
  readonly meant?: RuleLine;
  /** The published service, or the network. */
  readonly what: string;
  /** undefined: the rule itself ends their way. */
  readonly route?: RouteLine;
}

interface Target {
  readonly what: string;
  readonly network: string;
  /** Of a published service; a network is for all. */
  readonly protocol?: string;
  readonly port?: number;
}

/** @param desired the chains of a resource: doors in nat, marks in mangle @param declared what the program declares so far */
export function divertedInside(desired: Fragment, declared: Fragment, around: Surroundings & Devices): Diverted[] {
  const rules = around.rules.filter(
    (rule) =>
      rule.table !== LOCAL_TABLE && rule.unknown === undefined && (rule.from === "all" || wordsOf(rule).has("not")),
  );
  if (rules.length === 0 || !desired.some((line) => line.kind === "chain")) return [];
  const doors = dnatDoors(desired);
  const isMarked = desired.some((line) => line.kind === "chain" && line.table === "mangle");
  return declared.flatMap(marksOf).flatMap((marking) => {
    const rule = declared.find(looksFor(marking.mark));
    if (rule === undefined) return [];
    const targets = [
      ...doors.filter(({ address }) => around.on(address, marking.device)).map(doorTarget),
      ...(isMarked ? declared.filter((line) => isInside(line, rule.table)).map(networkTarget) : []),
    ];
    const inbound = declared.find(
      (line) => line.kind === "rule" && line.table === MAIN_TABLE && wordsOf(line).get("iif") === marking.device,
    ) as RuleLine | undefined;
    return targets.flatMap((target) => divertedOf(target, marking, { byMark: rule, inbound }, { ...around, rules }));
  });
}

export interface Devices {
  /** Is it, as far as is known, an address of that device? */
  readonly on: (address: string, device: string) => boolean;
}

/** @param inbound the rule by which what comes in asks the main table before its mark counts */
function divertedOf(
  target: Target,
  { device, every }: Marking,
  { byMark, inbound }: { readonly byMark: RuleLine; readonly inbound: RuleLine | undefined },
  around: Surroundings,
): Diverted[] {
  // Marked on the way in or not: only the connection is where the mark is for replies alone.
  const meant: RuleLine = every
    ? (inbound ?? byMark)
    : { kind: "rule", priority: MAIN_PRIORITY, from: "all", table: MAIN_TABLE };
  const wanted =
    wayTo(target, meant.table, around.routes, suppressed(wordsOf(meant))) ??
    wayTo(target, byMark.table, around.routes) ??
    wayTo(target, MAIN_TABLE, around.routes);
  if (wanted === undefined) return [];
  const taken = before(meant, around.rules).flatMap((rule): Diverted[] => {
    const words = wordsOf(rule);
    const share = shareOf(rule, words, target, device, marks(rule, meant, around.carries, false));
    const route = wayTo(target, rule.table, around.routes, suppressed(words));
    if (share === "none" || (route === undefined && !endsWay(words))) return [];
    return [{ rule, share, what: target.what, ...(every && { meant: byMark }), ...(route && { route }) }];
  });
  // Behind one that takes all there are no packets left.
  const last = taken.findIndex(({ share }) => share === "all");
  return taken.slice(0, last < 0 ? taken.length : last + 1).filter(({ route }) => !isSameWay(route, wanted));
}

const endsWay = (words: ReadonlyMap<string, string>) => VERDICTS.some((verdict) => words.has(verdict));

function isSameWay(route: RouteLine | undefined, wanted: RouteLine): boolean {
  return route?.type === wanted.type && route.device === wanted.device && route.gateway === wanted.gateway;
}

const SILENT = new Set(["not", "lookup", "proto", "protocol", "realms", "suppress_prefixlength", ...VERDICTS]);
const READ = new Set(["iif", "ipproto", "dport"]);

function shareOf(
  rule: RuleLine,
  words: ReadonlyMap<string, string>,
  { network, protocol, port }: Target,
  device: string,
  marked: Share,
): Share {
  const other = [...words.keys()].filter((word) => !SILENT.has(word) && !READ.has(word));
  // What is forwarded is asked for by no device and no user.
  if (other.includes("oif") || other.includes("uidrange") || words.has("goto")) return "none";
  const exactly = (word: string, fits: (value: string) => boolean): Share => {
    const value = words.get(word);
    if (value === undefined) return "all";
    return protocol === undefined ? "some" : fits(value) ? "all" : "none";
  };
  const share = least([
    marked,
    ...(rule.from === "all" ? [] : (["none"] as const)),
    covered(rule.to, network),
    words.has("iif") && words.get("iif") !== device ? "none" : "all",
    exactly("ipproto", (value) => value === protocol),
    exactly("dport", (value) => {
      const [low = 0, high = low] = value.split("-").map(Number);
      return port !== undefined && port >= low && port <= high;
    }),
    ...(other.length > 0 ? (["some"] as const) : []),
  ]);
  return words.has("not") ? NEGATED[share] : share;
}

function covered(to: string | undefined, network: string): Share {
  if (to === undefined || to === "all") return "all";
  if (!overlap(to, network)) return "none";
  return lengthOf(to) <= lengthOf(network) ? "all" : "some";
}

/** The longest prefix that has all of it, of a table; undefined: the next rule is asked. */
function wayTo(
  { network }: Target,
  table: number | undefined,
  routes: readonly RouteLine[],
  suppress = -1,
): RouteLine | undefined {
  const best = table === undefined ? undefined : longestMatch(routes, table, network);
  return best === undefined || best.type === "throw" || lengthOf(best.destination) <= suppress ? undefined : best;
}

function doorTarget({ address, protocol, first, server, serverPort = first }: DnatDoor): Target {
  return { what: `${protocol} ${address}:${first} -> ${server}`, network: server, protocol, port: serverPort };
}

function networkTarget({ destination }: RouteLine): Target {
  return { what: `the network ${destination}`, network: destination };
}

function isInside(line: Line, table: number | undefined): line is RouteLine {
  return line.kind === "route" && line.table === table && line.destination !== "default" && line.type === "unicast";
}
