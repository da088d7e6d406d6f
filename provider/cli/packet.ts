/** The first packet of a connection, from a flow as people write it, and where it reaches the router. Pure. */

import { siteLink } from "../diagram/site-graph.ts";
import { contains, isAddress } from "../model/ip.ts";
import { firstPacket, type Machine, type Packet } from "../proof/index.ts";
import { lansOf } from "../site/links.ts";
import type { Site } from "../site/schema.ts";
import { numberOf } from "../walk/address-number.ts";
import { isLocal, routeInside } from "../walk/machine.ts";
import { CommandError, EXIT } from "./exit.ts";
import { type Flow, formatFlow } from "./flow.ts";

export interface Arriving {
  /** As it is titled: the flow with what was not said filled in. */
  readonly title: string;
  readonly packet: Packet;
  /** undefined: the router itself sends it. */
  readonly inDevice: string | undefined;
  /** Known by the router's own lines alone: the site does not say where it arrives. */
  readonly undeclared?: true;
}

/** Somebody out there (RFC 5737), and a client's port. */
const ANYBODY = "198.51.100.77";
const CLIENT_PORT = 50123;

/**
 * @param live the router's own lines, which know networks that the site does not list
 * @throws {CommandError} where it is not clear what packet is meant, or where it arrives
 */
export function arriving(flow: Flow, site: Site, live?: Machine): Arriving {
  const { packet, title } = packetOf(flow);
  return { title, packet, ...placeOf(site, packet, live) };
}

/** @throws {CommandError} where it is not clear what packet is meant */
export function packetOf(flow: Flow): Pick<Arriving, "title" | "packet"> {
  const { protocol, from, to, host } = flow;
  if (host !== undefined) throw usage(`a packet goes from one end to the other: say "to" instead of "host"`);
  if (protocol === undefined) throw usage("say what it is: tcp, udp or icmp");
  if (to.address === undefined) throw usage("say where it goes to");
  const source = from.address ?? ANYBODY;
  for (const address of [source, to.address])
    if (!isAddress(address)) throw usage(`${address} is a network, and a packet has one address`);
  if (to.port === undefined && protocol !== "icmp") throw usage(`say the port: ${protocol} to ${to.address}:80`);
  const sourcePort = from.port ?? CLIENT_PORT;
  const destinationPort = to.port ?? sourcePort;
  return {
    title: formatFlow({ ...flow, from: { ...from, address: source } }),
    packet: firstPacket(protocol, { source, sourcePort, destination: to.address, destinationPort }),
  };
}

type Place = Pick<Arriving, "inDevice" | "undeclared">;

function placeOf(site: Site, { source, destination }: Packet, live: Machine | undefined): Place {
  const inside = declaredPlace(site, source) ?? (live && livePlace(site, source, live));
  if (inside) return inside;
  const link = siteLink(site, destination);
  if (link !== undefined) return { inDevice: site.links[link]!.device };
  const of = (device: string | undefined) => Object.values(site.links).some((one) => one.device === device);
  const own = live?.addresses.find(({ address, device }) => address === destination && of(device));
  if (own) return { inDevice: own.device, undeclared: true };
  const where = live ? "the router has no route inside to it" : "it is not on the LAN";
  throw usage(
    `${source} is out there (${where}), and ${destination} is no external address of a link: it never gets here`,
  );
}

function declaredPlace(site: Site, source: string): Place | undefined {
  const lans = lansOf(site);
  if (siteLink(site, source) !== undefined || lans.some(({ address }) => address === source))
    return { inDevice: undefined };
  const lan = lans.find(({ networks }) => networks.some((network) => contains(network, source)));
  return lan && { inDevice: lan.device };
}

/** Containers, a VPN's clients, networks behind an inner router: by the device that the main table has them behind. */
function livePlace(site: Site, source: string, live: Machine): Place | undefined {
  if (isLocal(live, source)) return { inDevice: undefined, undeclared: true };
  const route = routeInside(live, numberOf(source));
  if (route?.type !== "unicast" || route.device === undefined) return undefined;
  const isLink = Object.values(site.links).some(({ device }) => device === route.device);
  return isLink ? undefined : { inDevice: route.device, undeclared: true };
}

function usage(why: string): CommandError {
  return new CommandError(EXIT.usage, `the packet is not clear: ${why}`);
}
