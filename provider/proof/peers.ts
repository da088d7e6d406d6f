/** Who stands for everybody out there: one client of each class that the router's lines tell apart. */
import { fromNumber, LINK_LOCAL, PRIVATE_NETWORKS } from "../model/ip.ts";
import { numberOf } from "../walk/address-number.ts";
import { type Machine, routeInside } from "../walk/machine.ts";
import type { Protocol } from "../walk/packet.ts";
import { classesOf } from "./classes.ts";
import { type Distinction, distinctionsOf, type Range, rangeOf } from "./distinctions.ts";
import type { Obligations } from "./obligations.ts";

export interface Peer {
  readonly address: string;
  /** The port that he sends from. */
  readonly port: number;
  /** ` from 203.0.113.0/24`, in a claim's name; "" for everybody whom no line names. */
  readonly named: string;
  /** The lines that are about him and not about everybody. */
  readonly lines: readonly Distinction[];
}

export interface Peers {
  /** Whom no line names. */
  readonly anybody: Peer;
  readonly others: readonly Peer[];
  /** What some lines single out by protocol or port alone. */
  readonly services: readonly Service[];
}

export interface Service {
  readonly protocol: Protocol;
  /** Of icmp: the identifier of an echo. */
  readonly port: number;
  /** For people: `ssh to`. */
  readonly name?: string;
}

/** What one end of a connection is inside, for the lines that ask for it. */
export interface Inner {
  readonly protocol: string;
  readonly ports: readonly number[];
  readonly addresses: readonly string[];
}

/** Addresses for examples (RFC 5737, RFC 2544) and one more, in the order in which they are taken. */
const EXAMPLES = ["198.51.100.77", "203.0.113.77", "192.0.2.77", "198.18.0.77", "11.0.0.77"];
export const CLIENT_PORT = 50123;
const UNICAST = { low: numberOf("1.0.0.0"), high: numberOf("223.255.255.255") };
/**
 * What no ISP brings a client from: RFC 1122, 1918, 3927, 6598. Lines that name such networks are about somebody inside, whom a
 * policy rule may lead to a VPN without any route of the main table.
 */
const NOT_OUT_THERE = [...PRIVATE_NETWORKS, LINK_LOCAL, "127.0.0.0/8"].flatMap((network) => rangeOf(network) ?? []);
/** Clients use none of the ports below. */
const CLIENT_PORTS = { low: 1024, high: 65_535 };
/** More are told apart by no router that was seen; each costs a few packets for each link. */
const MOST = 64;

export function peersOf(obligations: Obligations, machine: Machine): Peers {
  const { managedChains } = obligations;
  const all = managedChains === undefined ? [] : distinctionsOf(machine, managedChains);
  const isOut = outside(obligations, machine);
  const examples = EXAMPLES.map(numberOf);
  const classes = classesOf(
    all.filter((line) => line.addresses !== undefined),
    ({ addresses }) => addresses!,
    UNICAST,
    [...examples, ...examples.map((at) => at + 1), ...isOut.cuts],
  ).flatMap(({ lines, ranges }) => {
    const address = sample(ranges, isOut.is, examples);
    return address === undefined ? [] : [{ lines, address }];
  });
  const anybody = classes.find(({ lines }) => lines.length === 0) ?? classes[0] ?? { lines: [], address: examples[0]! };
  const others = classes.filter((one) => one !== anybody).slice(0, MOST);
  const everywhere = all.filter((line) => line.addresses === undefined);
  const peer = { address: fromNumber(anybody.address), port: CLIENT_PORT, named: "", lines: [] };
  return {
    anybody: peer,
    others: [
      ...byPort(peer, everywhere).filter(({ port }) => port !== CLIENT_PORT),
      ...others.flatMap(({ lines, address }) => {
        const text = fromNumber(address);
        const named = ` from ${narrowest(lines.map((line) => line.addresses!))}`;
        return byPort({ address: text, port: CLIENT_PORT, named, lines }, lines);
      }),
    ],
    services: servicesIn(everywhere),
  };
}

/** What a filter does with a service is no matter of ways: it passes, or is not wanted. */
function servicesIn(lines: readonly Distinction[]): Service[] {
  const services = lines.flatMap(({ inFilter, protocol = "tcp", ports }): Service[] =>
    inFilter || !isProtocol(protocol) ? [] : [{ protocol, port: protocol === "icmp" ? 7 : (ports?.[0]?.low ?? 443) }],
  );
  return [...new Map(services.map((service) => [`${service.protocol} ${service.port}`, service])).values()]
    .filter(({ protocol, port }) => !(protocol === "tcp" && port === 443))
    .slice(0, MOST);
}

const isProtocol = (text: string): text is Protocol => text === "tcp" || text === "udp" || text === "icmp";

/** Those of one address by the ports that they may send from. */
function byPort(peer: Peer, lines: readonly Distinction[]): Peer[] {
  const asking = lines.filter((line) => line.clientPorts !== undefined);
  if (asking.length === 0) return [peer];
  return classesOf(asking, (line) => line.clientPorts!, CLIENT_PORTS, [CLIENT_PORT, CLIENT_PORT + 1]).map((one) => {
    const port = one.ranges.find(({ low }) => low === CLIENT_PORT)?.low ?? one.ranges[0]!.low;
    const named =
      one.lines.length === 0
        ? ""
        : `${peer.named === "" ? " from" : ""} port ${narrowest(one.lines.map((line) => line.clientPorts!))}`;
    return { ...peer, port, named: `${peer.named}${named}`, lines: [...peer.lines, ...one.lines] };
  });
}

function narrowest(ranges: readonly Range[]): string {
  const size = ({ low, high }: Range) => high - low;
  return ranges.reduce((least, range) => (size(range) < size(least) ? range : least)).text;
}

/** An address of these ranges that somebody outside may have. */
function sample(
  ranges: readonly { readonly low: number; readonly high: number }[],
  is: (address: number) => boolean,
  first: readonly number[],
): number | undefined {
  const preferred = first.find((at) => ranges.some(({ low, high }) => low <= at && at <= high) && is(at));
  if (preferred !== undefined) return preferred;
  for (const { low, high } of ranges)
    for (const at of [low + 1, low, low + 2, low + 3, high - 1, Math.floor((low + high) / 2)])
      if (at >= low && at <= high && is(at)) return at;
  return undefined;
}

/**
 * Who is outside: no private address, none of the router or of the site, nobody whom the main table has behind another device than a link's or
 * next to a link's, and nobody whom it refuses (a list of forged sources, say).
 */
function outside({ links, doors, hosts }: Obligations, machine: Machine) {
  const taken = new Set([
    ...machine.addresses.map(({ address }) => address),
    ...links.flatMap(({ addresses, gateway }) => [...addresses, gateway]),
    ...doors.flatMap(({ address, server }) => [address, server]),
    ...hosts.flatMap((host) => ("address" in host ? [host.address] : [])),
  ]);
  const takenNumbers = new Set([...taken].map(numberOf));
  const inside = [
    ...NOT_OUT_THERE,
    ...hosts.flatMap((host) => ("network" in host ? (rangeOf(host.network) ?? []) : [])),
  ];
  const devices = new Set(links.map(({ device }) => device));
  const is = (at: number) => {
    if (takenNumbers.has(at) || inside.some(({ low, high }) => low <= at && at <= high)) return false;
    const route = routeInside(machine, at);
    if (!route) return true;
    const byLink = route.device === undefined || (devices.has(route.device) && route.gateway !== undefined);
    return route.type === "unicast" && byLink;
  };
  return { is, cuts: inside.flatMap(({ low, high }) => [low, high + 1]) };
}

/** Which of the lines about a peer a packet between him and these may meet; "": none does. */
export function met({ lines, port }: Peer, { protocol, ports, addresses }: Inner): string {
  const numbers = addresses.map(numberOf);
  const among = (ranges: readonly Range[] | undefined, values: readonly number[]) =>
    ranges?.some(({ low, high }) => values.some((value) => low <= value && value <= high)) ?? true;
  return lines
    .flatMap((line, i) =>
      (line.protocol === undefined || line.protocol === protocol) &&
      among(line.ports, [...ports, port]) &&
      (line.others ?? []).every((range) => among([range], numbers))
        ? [i]
        : [],
    )
    .join(" ");
}
