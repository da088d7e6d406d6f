/** Connections that somebody inside opens: out by a link, and to doors by their external addresses. */
import { contains, freeHost, LINK_LOCAL, lengthOf, PRIVATE_NETWORKS, withoutLength } from "../model/ip.ts";
import { MAIN_TABLE } from "../model/line.ts";
import { isLocal, type Machine } from "../walk/machine.ts";
import { firstPacket } from "../walk/packet.ts";
import { receive, type Walked } from "../walk/walk.ts";
import type { Expected } from "./connection.ts";
import { did, reaches } from "./expected.ts";
import type { Flow } from "./flow.ts";
import type { Obligations, ProofDoor, ProofLink } from "./obligations.ts";
import { CLIENT_PORT, type Peer, type Service } from "./peers.ts";
import { visit } from "./visit.ts";

/** What those inside ask for. */
export const HTTPS: Service = { protocol: "tcp", port: 443 };

export interface Host {
  readonly name: string;
  /** The network that it is any host of, or its address. */
  readonly of: string;
  readonly address: string;
  readonly device: string;
  readonly via?: string;
  /** His connections leave with an address of the link. */
  readonly translated?: boolean;
  /** What he asks for out there. Default: HTTPS. */
  readonly service?: Service;
}

/** Of a network, an address that neither a server nor the router itself has. */
export function hostsOf({ doors, hosts }: Obligations, machine: Machine): Host[] {
  const named = hosts.flatMap((host) => ("address" in host ? [host.address] : []));
  const taken = [...named, ...doors.map(({ server }) => server), ...machine.addresses.map(({ address }) => address)];
  return hosts.map((host) =>
    "address" in host
      ? { ...host, of: host.address }
      : {
          ...{
            device: host.device,
            translated: host.translated === true,
            name: `a host of ${host.network}`,
            of: host.network,
          },
          address: freeHost(host.network, taken),
        },
  );
}

/** It may leave by any link, with an address of that link; everything after the first packet has to use the same. */
export function insideFlow({ links }: Obligations, host: Host, peer: Peer, machine: Machine): Flow {
  const { protocol, port } = host.service ?? HTTPS;
  const tuple = {
    ...{ source: host.address, sourcePort: protocol === "icmp" ? port : CLIENT_PORT },
    ...{ destination: peer.address, destinationPort: port },
  };
  const byLink = (walked: Walked): ProofLink | undefined =>
    links.find(
      ({ device, gateway }) =>
        walked.end.kind === "sent" && walked.end.device === device && walked.end.nextHop === gateway,
    );
  const request: Expected = (walked, opened) => {
    const link = byLink(walked);
    const first = opened && byLink(opened);
    if (!link) return `${did(walked.end)} instead of leaving by a link`;
    if (host.via !== undefined && link.name !== host.via) return `leaves by ${link.name} instead of ${host.via}`;
    if (first && link !== first) return `leaves by ${link.name}; the connection began on ${first.name}`;
    const { source } = walked.packet;
    return host.translated && source === host.address
      ? `leaves by ${link.name} with its private address ${source}`
      : undefined;
  };
  return {
    kind: "inside",
    link: undefined,
    name: `${protocol} ${host.name} (${host.address}) -> out${host.service ? `, port ${port}` : ""}${peer.named.replace(" from", ", to")}`,
    about: `inside ${host.of} on ${host.device} ${protocol} :${port}${peer.named}`,
    connection: {
      protocol,
      tuple,
      inDevice: host.device,
      mayBeRefused: peer.lines.length > 0,
      request,
      reply: reaches(machine, host.address, tuple.sourcePort, host.device),
    },
  };
}

/**
 * Where some lines single a connection out, they may well mean to: by a VPN, say, or untranslated. What leaves by a link all the same stays on
 * it, and its answer comes home.
 */
export function strayFlow(obligations: Obligations, host: Host, peer: Peer, machine: Machine): Flow | undefined {
  const { via: _via, translated: _translated, ...unbound } = host;
  const flow = insideFlow(obligations, unbound, peer, machine);
  return leavesByLink(obligations, flow, machine) ? { ...flow, aside: true, undeclared: true } : undefined;
}

/** With an address that answers come back to. */
function leavesByLink({ links }: Obligations, { connection }: Flow, machine: Machine): boolean {
  const { protocol, tuple, inDevice } = connection;
  const { end, packet } = receive(machine, firstPacket(protocol, tuple), inDevice);
  const leaves =
    end.kind === "sent" && links.some(({ device, gateway }) => device === end.device && gateway === end.nextHop);
  return leaves && (packet.source !== tuple.source || !isPrivate(tuple.source));
}

/**
 * Containers, a VPN's clients. Of those whose connections leave by a link, with an address that answers come back to, the answer has to
 * find its way inside.
 */
export function networkFlows(
  obligations: Obligations,
  networks: readonly Host[],
  peer: Peer,
  machine: Machine,
): Flow[] {
  return networks.flatMap((host): Flow[] => {
    const flow = insideFlow(obligations, host, peer, machine);
    return leavesByLink(obligations, flow, machine) ? [{ ...flow, kind: "network" }] : [];
  });
}

/** Networks that the main table has behind devices of no link, and that are not declared. */
export function networksOf({ links }: Obligations, known: readonly Host[], machine: Machine): Host[] {
  const own = machine.addresses.map(({ address }) => address);
  const found = (machine.tables.get(MAIN_TABLE)?.routes ?? [])
    .filter(({ type, device }) => type === "unicast" && device !== undefined && device !== "lo")
    .filter(({ device }) => links.every((link) => link.device !== device))
    .filter(({ destination }) => lengthOf(destination) > 1 && lengthOf(destination) < 32 && isForwarded(destination))
    .filter(({ destination }) => !known.some(({ address }) => contains(destination, address)));
  const networks = [...new Map(found.map((route) => [route.destination, route])).values()].slice(0, MANY_NETWORKS);
  return networks.map(({ destination, device = "" }) => ({
    ...{ name: `a host of ${destination}`, of: destination, address: freeHost(destination, own), device },
  }));
}

/** Link-local and multicast networks stand in many main tables, and no host there is answered through a router (RFC 3927 2.7). */
const isForwarded = (network: string) =>
  ![LINK_LOCAL, "224.0.0.0/4"].some((one) => contains(one, withoutLength(network)));

/** A router may have as many routes inside as a company has offices. */
const MANY_NETWORKS = 64;

const isPrivate = (address: string) => PRIVATE_NETWORKS.some((network) => contains(network, address));

/** From the server's own network, which has to come back through the router. */
export function hairpinFlows(doors: readonly ProofDoor[], hosts: readonly Host[], machine: Machine): Flow[] {
  const servers = new Set(doors.map((door) => door.server));
  const host = hosts.find(
    (one) => !servers.has(one.address) && machine.addresses.some((own) => own.device === one.device),
  );
  return host ? doors.map((door) => hairpinFlow(door, host, machine)) : [];
}

function hairpinFlow(door: ProofDoor, host: Host, machine: Machine): Flow {
  const neighbours = machine.addresses.some(
    (own) => own.device === host.device && contains(`${own.address}/${own.prefix}`, door.server),
  );
  const request: Expected = (walked) =>
    reaches(machine, door.server, door.serverPort)(walked) ??
    (neighbours && !isLocal(machine, walked.packet.source)
      ? `reaches ${door.name} with the address of the client, whom it answers past the router`
      : undefined);
  const { protocol, address, port } = door;
  return {
    kind: "hairpin",
    link: undefined,
    name: `${protocol} ${address}:${port} -> ${door.name}, from inside`,
    about: `hairpin ${protocol} ${address}:${port} of ${host.of} on ${host.device}`,
    connection: visit(host, { protocol, address, port, request }, machine),
  };
}
