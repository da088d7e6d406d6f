/**
 * Lines that do something else with some outside addresses or client ports than with the others, by the literal networks and ports
 * that stand in them. One sample of each side of such a line stands for all.
 */

import { type RuleOption, shapeOf } from "../dialects/iptables/rule-shape.ts";
import { lengthOf, parseNetwork } from "../model/ip.ts";
import { LOCAL_TABLE, type RouteLine } from "../model/line.ts";
import { orElse } from "../model/not-understood.ts";
import type { Threat } from "../model/threat.ts";
import { numberOf } from "../walk/address-number.ts";
import type { Machine } from "../walk/machine.ts";
import type { PolicyRule } from "../walk/policy-rule.ts";
import { bitsOf } from "../walk/route-table.ts";

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
      managed.has(`${table} ${name}`) ? [] : ofRun(`${table} ${name}`, rules, ({ text }) => ofRule(table, text)),
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

const ADDRESSES = new Set([
  ...["-s", "-d", "--src-range", "--dst-range", "--ctorigsrc", "--ctorigdst", "--ctreplsrc", "--ctrepldst"],
]);
const SOURCE_PORTS = new Set(["--sport", "--sports"]);
const PORTS = new Set([...SOURCE_PORTS, "--dport", "--dports", "--ports"]);

/** The same texts come again in every snapshot of a run. */
const known = new Map<string, Asks | undefined>();
const MOST_KNOWN = 20_000;

function ofRule(table: string, text: string): Asks | undefined {
  const key = `${table === "filter"} ${text}`;
  if (known.has(key)) return known.get(key);
  if (known.size >= MOST_KNOWN) known.clear();
  const asks = readRule(table, text);
  known.set(key, asks);
  return asks;
}

function readRule(table: string, text: string): Asks | undefined {
  if (!/\s--?(?:s|d|sports?|dports?|ports|(?:src|dst)-range|ct\w+)\s/.test(` ${text}`)) return undefined;
  const shape = orElse(
    () => shapeOf(text),
    () => undefined,
  );
  if (!shape) return undefined;
  const options = [...shape.base, ...shape.matches.flatMap(({ options }) => options)];
  const value = ({ values }: RuleOption) => values[0]?.text ?? "";
  const named = options.filter(({ name }) => ADDRESSES.has(name));
  const literal = options.filter(({ negated }) => !negated);
  const protocol = literal.find(({ name }) => name === "-p");
  const ports = literal
    .filter(({ name }) => PORTS.has(name))
    .map((option) =>
      value(option)
        .split(",")
        .flatMap((one) => portRange(one.replace(":", "-")) ?? []),
    );
  // A port that a packet of a filter's is refused for is not wanted: there is nothing to be symmetric about.
  const source = table === "filter" ? undefined : options.find(({ name }) => SOURCE_PORTS.has(name));
  return {
    like: named.reduce((left, option) => left.replace(value(option), ""), text),
    addresses: named.flatMap((option) => rangeOf(value(option)) ?? []),
    clientPorts: source && portRange(value(source).split(",")[0]!.replace(":", "-")),
    protocol: protocol && value(protocol),
    ports: ports.length === 1 ? ports[0] : undefined,
  };
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
