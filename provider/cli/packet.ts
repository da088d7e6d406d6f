/** The first packet of a connection, from a flow as people write it, and where it reaches the router. Pure. */

import { siteLink } from "../diagram/site-graph.ts";
import { contains, isAddress } from "../kernel/ip.ts";
import { firstPacket, type Packet } from "../proof/index.ts";
import { lansOf } from "../site/links.ts";
import type { Site } from "../site/schema.ts";
import { CommandError, EXIT } from "./exit.ts";
import { type Flow, formatFlow } from "./flow.ts";

export interface Arriving {
  /** As it is titled: the flow with what was not said filled in. */
  readonly title: string;
  readonly packet: Packet;
  /** undefined: the router itself sends it. */
  readonly inDevice: string | undefined;
}

/** Somebody out there (RFC 5737), and a client's port. */
const ANYBODY = "198.51.100.77";
const CLIENT_PORT = 50123;

/** @throws {CommandError} where it is not clear what packet is meant */
export function arriving(flow: Flow, site: Site): Arriving {
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
    inDevice: deviceOf(site, source, to.address),
  };
}

function deviceOf(site: Site, source: string, destination: string): string | undefined {
  const lans = lansOf(site);
  if (siteLink(site, source) !== undefined || lans.some(({ address }) => address === source)) return undefined;
  const lan = lans.find(({ networks }) => networks.some((network) => contains(network, source)));
  if (lan) return lan.device;
  const link = siteLink(site, destination);
  if (link !== undefined) return site.links[link]!.device;
  throw usage(`${source} is not on the LAN, and ${destination} is no external address of a link: it never gets here`);
}

function usage(why: string): CommandError {
  return new CommandError(EXIT.usage, `the packet is not clear: ${why}`);
}
