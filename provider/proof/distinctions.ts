/**
 * Lines that do something else with some outside addresses or client ports than with the others, by the literal networks and ports
 * that stand in them. One sample of each side of such a line stands for all.
 */

import { ruleText } from "../dialects/iptables/packet-rule.ts";
import { bitsOf, formatMasked, lengthOf, parseNetwork } from "../model/ip.ts";
import { LOCAL_TABLE, type RouteLine } from "../model/line.ts";
import type { Match, PacketRule, PortRange, Test } from "../model/packet-rule.ts";
import { testsOf, testsOfKind } from "../model/rule-facts.ts";
import type { Threat } from "../model/threat.ts";
import { numberOf } from "../walk/address-number.ts";
import type { Machine } from "../walk/machine.ts";
import type { PolicyRule } from "../walk/policy-rule.ts";

/** First and last, as numbers. */
export interface Range {
  readonly low: number;
  readonly high: number;
  /** As it stands in the line: `203.0.113.0/24`, `1024-2000`. */
  readonly text: string;
}

export interface Distinction {
  /** Of lines of one run that differ in `addresses` alone it is the same: one of them stands for all. */
  readonly like: string;
  readonly addresses?: Range;
  /** Ports that a client sends from, as the line asks for them. */
  readonly clientPorts?: Range;
  /** Stands where nothing but a verdict comes of it: what is stopped there is not wanted. */
  readonly inFilter?: true;
  /** What else a packet needs for it, as far as literal values tell; left out: nothing. */
  readonly protocol?: string;
  readonly ports?: readonly Range[];
  /** Networks that the other end is in. */
  readonly others?: readonly Range[];
}

/**
 * In the order in which a packet meets them within one place, so that lists of them compare.
 * @param managed `nat mw-chain`: chains of the provider's own, which know no outside addresses
 */
export function distinctionsOf(machine: Machine, managed: ReadonlySet<string>): Distinction[] {
  const chains = [...machine.chains].flatMap(([table, all]) =>
    [...all].flatMap(([name, { rules }]) =>
      managed.has(`${table} ${name}`) ? [] : ofRun(`${table} ${name}`, rules, (rule) => ofRule(table, rule)),
    ),
  );
  return [
    ...ofRun("rules", machine.rules, ofPolicyRule),
    ...[...machine.tables].flatMap(([id, { routes }]) => (id === LOCAL_TABLE ? [] : ofRoutes(id, routes))),
    ...chains,
    ...machine.native.flatMap(ofThreat),
  ];
}

/** What a line asks for; `like` without what makes it one of a run. */
interface Asks {
  readonly like: string;
  readonly addresses: readonly Range[];
  readonly clientPorts?: Range | undefined;
  readonly protocol?: string | undefined;
  readonly ports?: readonly Range[] | undefined;
}

/** Lines that ask for no address end a run: what comes behind such a line is met by others than what stands before it. */
function ofRun<Line>(place: string, lines: readonly Line[], asksOf: (line: Line) => Asks | undefined): Distinction[] {
  let run = 0;
  return lines.flatMap((line) => {
    const asks = asksOf(line);
    if (asks === undefined || asks.addresses.length === 0) run++;
    return asks ? distinctions(`${place} ${run}`, asks) : [];
  });
}

function distinctions(place: string, { like, addresses, clientPorts, protocol, ports }: Asks): Distinction[] {
  const common = {
    like: `${place} ${like}`,
    ...(place.startsWith("filter ") && { inFilter: true as const }),
    ...(clientPorts && { clientPorts }),
    ...(protocol !== undefined && { protocol }),
    ...(ports && ports.length > 0 && { ports }),
  };
  if (addresses.length === 0) return clientPorts || protocol !== undefined || common.ports ? [common] : [];
  return addresses.map((range) => {
    const others = addresses.filter((one) => one !== range);
    return { ...common, addresses: range, ...(others.length > 0 && { others }) };
  });
}

function ofPolicyRule({ rule, extra }: PolicyRule): Asks | undefined {
  if (rule.table === LOCAL_TABLE || rule.unknown !== undefined) return undefined;
  const networks = [rule.from, rule.to ?? "all"].filter((network) => network !== "all");
  const [sport, dport] = ["sport", "dport"].map((word) => portRange(extra.get(word)));
  const clientPorts = sport ?? (dport && isWide(dport) ? dport : undefined);
  const asks = {
    like: `${rule.table} ${rule.mark}/${rule.mask} ${rule.rest}`,
    addresses: networks.flatMap((network) => rangeOf(network) ?? []),
    clientPorts,
  };
  if (extra.has("not")) return asks;
  return { ...asks, protocol: extra.get("ipproto"), ports: [sport, dport].flatMap((range) => range ?? []) };
}

/** The longest first, as they are looked up. Halves of everything, as VPNs write them, are the default in two pieces. */
function ofRoutes(table: number, routes: readonly RouteLine[]): Distinction[] {
  return routes
    .filter(({ destination }) => lengthOf(destination) > 1)
    .toSorted((a, b) => lengthOf(b.destination) - lengthOf(a.destination) || a.metric - b.metric)
    .flatMap(({ destination, type, gateway, device, metric, rest }) => {
      const addresses = rangeOf(destination);
      const like = `table ${table} ${type} ${gateway} ${device} ${metric} ${rest}`;
      return addresses ? [{ like, addresses }] : [];
    });
}

function ofThreat({ table, chain, hook, text, selects }: Threat): Distinction[] {
  const addresses = [...(selects.from ?? []), ...(selects.to ?? [])].flatMap((network) => rangeOf(network) ?? []);
  const like = addresses.reduce((left, { text: range }) => left.replace(range, ""), text);
  const protocol = selects.protocol?.length === 1 ? selects.protocol[0] : undefined;
  const ports = selects.ports?.flatMap((range) => portRange(range) ?? []);
  return distinctions(`nft ${table} ${chain} ${hook}`, { like, addresses, protocol, ports });
}

/** The same rules come again in every snapshot of a run. */
const known = new Map<string, Asks | undefined>();
const MOST_KNOWN = 20_000;

function ofRule(table: string, rule: PacketRule): Asks | undefined {
  const key = `${table === "filter"} ${ruleText(rule)}`;
  if (known.has(key)) return known.get(key);
  if (known.size >= MOST_KNOWN) known.clear();
  const asks = asksOfRule(table, rule);
  known.set(key, asks);
  return asks;
}

function asksOfRule(table: string, rule: PacketRule): Asks | undefined {
  const tests = testsOf(rule);
  const isAbout = tests.some((test) => "network" in test || "ports" in test || "first" in test);
  if (rule.opaque || !(isAbout || rule.matches.some(isOfConnection))) return undefined;
  const ports = tests.filter((test) => PORTS.has(test.kind)) as readonly (Test & PortTest)[];
  const literal = ports.filter(({ negated }) => !negated);
  // A port that a packet of a filter's is refused for is not wanted: there is nothing to be symmetric about.
  const source = table === "filter" ? undefined : ports.find(({ kind }) => kind === "sourcePort");
  return {
    like: ruleText({ ...rule, matches: rule.matches.map(withoutAddresses) }),
    addresses: tests.flatMap((test) => rangeOf(addressesOf(test)) ?? []),
    clientPorts: source && portsBetween(source.ports[0]!),
    protocol: testsOfKind(rule, "protocol").find(({ negated }) => !negated)?.protocol,
    ports: literal.length === 1 ? literal[0]!.ports.flatMap((range) => portsBetween(range) ?? []) : undefined,
  };
}

const PORTS: ReadonlySet<Test["kind"]> = new Set(["sourcePort", "destinationPort", "eitherPort"] as const);
type PortTest = Extract<Test, { ports: unknown }>;

const isOfConnection = (match: Match) => match.kind === "module" && match.module === "conntrack";

/** `10.0.0.0/8`, `10.0.0.1-10.0.0.9`, "" of a test that asks for neither. */
function addressesOf(test: Test): string {
  if ("network" in test) return formatMasked(test.network);
  return "first" in test ? `${test.first}-${test.last}` : "";
}

const ANY = "0.0.0.0";

function withoutAddresses<One extends Match>(match: One): One {
  if (match.kind === "module") return { ...match, tests: match.tests.map(withoutAddresses) };
  if ("network" in match) return { ...match, network: { address: ANY, mask: 0 } };
  return "first" in match ? { ...match, first: ANY, last: ANY } : match;
}

function portsBetween({ first, last }: PortRange): Range | undefined {
  return between(first, last, first === last ? `${first}` : `${first}-${last}`);
}

/** A network, an address, or a range `10.0.0.1-10.0.0.9`; undefined: anything else. */
export function rangeOf(text: string): Range | undefined {
  const [first = "", last] = text.split("-");
  if (last !== undefined)
    return /^[\d.]+-[\d.]+$/.test(text) ? between(numberOf(first), numberOf(last), text) : undefined;
  const network = parseNetwork(text);
  if (!network || network.prefix === 0) return undefined;
  const low = (numberOf(network.address) & bitsOf(network.prefix)) >>> 0;
  return between(low, low + 2 ** (32 - network.prefix) - 1, text.replace(/\/32$/, ""));
}

function between(low: number, high: number, text: string): Range | undefined {
  return low <= high ? { low, high, text } : undefined;
}

function portRange(text: string | undefined): Range | undefined {
  if (text === undefined || !/^\d+(-\d+)?$/.test(text)) return undefined;
  const [low = 0, high = low] = text.split("-").map(Number);
  return between(low, high, text);
}

/** A range of destination ports that is no list of services: clients send from any of them. */
const isWide = ({ low, high }: Range) => high - low >= 1000;
