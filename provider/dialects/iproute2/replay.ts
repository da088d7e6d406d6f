/**
 * `ip` prints some words that it does not take back. A line that was found can only be taken away where it can come back
 * as it was: judged here by its form. Pure.
 */
import type { AddressLine, Line, RouteLine, RuleLine } from "../../model/line.ts";
import type { Capabilities } from "../../model/snapshot.ts";
import { ruleEntries } from "./rule.ts";

type Variant = Capabilities["ip"]["variant"];

/** Words that `ip` takes in another spelling than it prints. */
export function takenBack(rest: string): string {
  return rest
    .replace("lookup [l3mdev-table]", "l3mdev")
    .replace(/\bipproto ipproto-(?=\d)/, "ipproto ")
    .replace(/\brto_min lock (?=\d)/, "rto_min ");
}

/** Why this line would not come back as it was found; undefined where it would. */
export function whyNotReplayed(line: Line, variant: Variant): string | undefined {
  switch (line.kind) {
    case "rule":
      return oddRule(line, variant);
    case "route":
      return oddRoute(line, variant);
    case "address":
      return oddAddress(line, variant);
    case "sysctl":
    case "table-name":
    case "chain":
    case "hook":
    case "file":
      return undefined;
  }
}

function notTaken(words: readonly string[], variant: Variant): string {
  return `${variant === "busybox" ? "busybox's ip" : "ip"} prints "${words.join(" ")}" and does not take it back`;
}

const VALUE = /^[\w.:@/+-]+$/;
const ACTIONS = new Set(["unreachable", "blackhole", "prohibit", "nop"]);
const RULE_WORDS: Readonly<Record<Variant, ReadonlySet<string>>> = {
  iproute2: new Set([
    ...["tos", "dsfield", "iif", "oif", "uidrange", "ipproto", "sport", "dport", "tun_id"],
    ...["suppress_prefixlength", "suppress_ifgroup", "realms", "proto"],
  ]),
  busybox: new Set(["iif", "suppress_prefixlength", "realms"]),
};

function oddRule(line: RuleLine, variant: Variant): string | undefined {
  if (line.unknown !== undefined) return "it is not understood";
  const entries = ruleEntries(line.rest ?? "");
  const full = variant === "iproute2";
  const isTaken = ([word = "", value]: readonly string[]) => {
    if (word === "not" || ACTIONS.has(word)) return full;
    if (word === "goto") return full && /^\d+$/.test(value ?? "");
    if (word === "lookup") return full && value === "[l3mdev-table]";
    return RULE_WORDS[variant].has(word) && value !== undefined && VALUE.test(value);
  };
  const odd = entries.find((entry) => !isTaken(entry));
  if (odd?.[0] === "lookup") return `its table, "${odd[1]}", is no one table by rt_tables`;
  if (odd) return notTaken(odd, variant);
  const acts =
    line.table !== undefined || entries.some(([word = ""]) => /^(goto|lookup)$/.test(word) || ACTIONS.has(word));
  return acts ? undefined : "ip prints no action of it that can be written again";
}

const METRICS = new Set([
  ...["mtu", "advmss", "window", "rtt", "rttvar", "ssthresh", "cwnd", "initcwnd", "initrwnd", "hoplimit"],
  ...["reordering", "quickack", "fastopen_no_cookie", "rto_min", "congctl"],
]);
const ROUTE_VALUES = new Set(["tos", "dsfield", "realm", "realms", "weight", "dev", "via"]);

function oddRoute(line: RouteLine, variant: Variant): string | undefined {
  if (line.dead) return "the device of one of its next hops is down, and the kernel takes no route there";
  if (line.type === "nat") return notTaken([line.type], variant);
  const words = line.rest?.split(" ") ?? [];
  // busybox shows no next hops of a multipath route. A device whose name is strange stands in the rest.
  if (line.type === "unicast" && !line.gateway && !line.device && !words.includes("nexthop") && !words.includes("dev"))
    return "ip shows neither a gateway nor a device of it";
  if (variant === "busybox" && words.length > 0) return notTaken(words, variant);
  const odd = routeEntries(words).find((entry) => !isRouteEntry(entry));
  if (odd?.word === "nhid")
    return `it goes by the nexthop object ${odd.value}, and ip does not take back "nhid ${odd.value}" as it prints it`;
  return odd && notTaken(odd.printed, variant);
}

/** A word of a route with its value, where one stands behind it. */
interface RouteEntry {
  readonly word: string;
  readonly value: string | undefined;
  readonly printed: readonly string[];
}

/** What stands between a word and its value: `via inet6 fe80::1`, `mtu lock 1400`. */
function standsBetween(word: string, next: string | undefined): boolean {
  return word === "via" ? next === "inet6" || next === "inet" : METRICS.has(word) && next === "lock";
}

/** Without the words that stand alone, which `ip` takes back. */
function routeEntries(words: readonly string[]): readonly RouteEntry[] {
  const entries: RouteEntry[] = [];
  for (let at = 0; at < words.length; ) {
    const word = words[at]!;
    const isAlone = word === "nexthop" || word === "onlink";
    const length = isAlone ? 1 : standsBetween(word, words[at + 1]) ? 3 : 2;
    if (!isAlone) entries.push({ word, value: words[at + length - 1], printed: words.slice(at, at + length) });
    at += length;
  }
  return entries;
}

function isRouteEntry({ word, value }: RouteEntry): boolean {
  if (value === undefined) return false;
  // A device may have any name: it is written back in quotes.
  if (word === "dev") return true;
  if (word === "features") return value === "ecn";
  return (METRICS.has(word) || ROUTE_VALUES.has(word)) && VALUE.test(value);
}

const ADDRESS_WORDS: Readonly<Record<Variant, ReadonlySet<string>>> = {
  iproute2: new Set(["peer", "brd", "label", "metric", "preferred_lft"]),
  busybox: new Set(["peer", "brd", "label", "preferred_lft"]),
};

function oddAddress(line: AddressLine, variant: Variant): string | undefined {
  const words = line.rest?.split(" ") ?? [];
  if (words.includes("dynamic")) return "it has a lifetime, and whoever leased it renews it";
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === "noprefixroute") continue;
    const value = words[++i];
    if (!ADDRESS_WORDS[variant].has(word) || value === undefined || !VALUE.test(value))
      return notTaken([word, ...(value === undefined ? [] : [value])], variant);
  }
  return undefined;
}
