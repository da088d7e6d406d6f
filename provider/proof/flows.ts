/** The connections that a site is there for, each with what its packets have to do. */
import { contains, freeHost, lengthOf } from "../kernel/ip.ts";
import { MAIN_TABLE } from "../kernel/line.ts";
import { numberOf } from "./address-number.ts";
import type { Claim, FlowKind } from "./claim.ts";
import type { Connection, Expected } from "./connection.ts";
import { isLocal, type Machine } from "./machine.ts";
import type { Obligations, ProofDoor, ProofLink } from "./obligations.ts";
import { firstPacket, type Protocol } from "./packet.ts";
import { receive, type Walked } from "./walk.ts";

export interface Flow {
  readonly kind: FlowKind;
  readonly link: string | undefined;
  readonly name: string;
  readonly connection: Connection;
}

/** Addresses out there (RFC 5737, RFC 2544), in the order in which they are taken. */
const OUTSIDE = ["198.51.100.77", "203.0.113.77", "192.0.2.77", "198.18.0.77", "100.64.0.77", "11.0.0.77"];
const CLIENT_PORT = 50123;
const HTTPS = 443;
/** The service of the router's own that everybody has. */
const SSH = 22;

/** Somebody whom no route of the router knows but its defaults: a lab, or a LAN, may use addresses of documentation. */
function somebody(machine: Machine, links: readonly ProofLink[]): string {
  const known = (address: string) =>
    [...machine.tables.values()].some((table) =>
      table.fitting(numberOf(address)).some((route) => route.destination !== "default"),
    ) || links.some((link) => link.addresses.includes(address) || link.gateway === address);
  return OUTSIDE.find((address) => !known(address)) ?? OUTSIDE[0]!;
}

export function flowsOf(obligations: Obligations, machine: Machine): Flow[] {
  const { links, doors } = obligations;
  const hosts = hostsOf(obligations, machine);
  const peer = somebody(machine, links);
  const behind = Map.groupBy(doors, (door) => door.link);
  return [
    ...links.flatMap((link) => (behind.get(link.name) ?? []).map((door) => doorFlow(link, door, peer, machine))),
    ...links.flatMap((link) => routerFlows(link, doors, peer)),
    ...hosts.map((host) => insideFlow(obligations, host, peer, machine)),
    ...(obligations.networks ? networkFlows(obligations, hosts, peer, machine) : []),
    ...(obligations.hairpin ? hairpinFlows(doors, hosts, machine) : []),
  ];
}

/** On the router as it is: who is switched to no link leaves by the declared default. */
export function defaultFlows(obligations: Obligations, machine: Machine): Flow[] {
  if (obligations.default === undefined) return [];
  const peer = somebody(machine, obligations.links);
  const [host] = hostsOf(obligations, machine).filter(({ via }) => via === undefined);
  return host ? [insideFlow(obligations, { ...host, via: obligations.default }, peer, machine)] : [];
}

interface Host {
  readonly name: string;
  readonly address: string;
  readonly device: string;
  readonly via?: string;
}

/** Of a network, an address that neither a server nor the router itself has. */
function hostsOf({ doors, hosts }: Obligations, machine: Machine): Host[] {
  const named = hosts.flatMap((host) => ("address" in host ? [host.address] : []));
  const taken = [...named, ...doors.map(({ server }) => server), ...machine.addresses.map(({ address }) => address)];
  return hosts.map((host) =>
    "address" in host
      ? host
      : { device: host.device, name: `a host of ${host.network}`, address: freeHost(host.network, taken) },
  );
}

export function title(flow: Flow, when: string, down?: string): Claim {
  const { kind, link, name } = flow;
  return { kind, link, name, when, ...(down !== undefined && { down }) };
}

function doorFlow(link: ProofLink, door: ProofDoor, peer: string, machine: Machine): Flow {
  const outside = { address: door.address, port: door.port };
  return {
    kind: "door",
    link: link.name,
    name: `${door.protocol} ${door.address}:${door.port} -> ${door.name}, by ${link.name}`,
    connection: {
      protocol: door.protocol,
      tuple: { source: peer, sourcePort: CLIENT_PORT, destination: door.address, destinationPort: door.port },
      inDevice: link.device,
      request: reaches(machine, door.server, door.serverPort),
      answer: ({ end }) => ({
        inDevice: end.kind === "sent" ? end.device : undefined,
        expected: leavesBy(link, outside),
      }),
    },
  };
}

function routerFlows(link: ProofLink, doors: readonly ProofDoor[], peer: string): Flow[] {
  const free = (address: string) => !doors.some((d) => d.address === address && d.protocol === "tcp" && d.port === SSH);
  return link.addresses.flatMap((address) => {
    const flow = (protocol: Protocol, port: number, name: string): Flow => ({
      kind: "router",
      link: link.name,
      name: `${name} ${address} (the router), by ${link.name}`,
      connection: {
        protocol,
        tuple: {
          source: peer,
          sourcePort: protocol === "icmp" ? port : CLIENT_PORT,
          destination: address,
          destinationPort: port,
        },
        inDevice: link.device,
        // Somebody may have a door of his own there: then what is behind it answers.
        request: ({ end }) => (end.kind === "sent" && end.device === link.device ? `${did(end)} again` : undefined),
        answer: ({ end }) => ({
          inDevice: end.kind === "sent" ? end.device : undefined,
          expected: leavesBy(link, { address, port }),
        }),
      },
    });
    return [...(free(address) ? [flow("tcp", SSH, "ssh to")] : []), flow("icmp", 7, "ping of")];
  });
}

/** It may leave by any link, with an address of that link; everything after the first packet has to use the same. */
function insideFlow({ links, translated }: Obligations, host: Host, peer: string, machine: Machine): Flow {
  const tuple = { source: host.address, sourcePort: CLIENT_PORT, destination: peer, destinationPort: HTTPS };
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
    return translated && source === host.address
      ? `leaves by ${link.name} with its private address ${source}`
      : undefined;
  };
  return {
    kind: "inside",
    link: undefined,
    name: `tcp ${host.name} (${host.address}) -> out`,
    connection: {
      protocol: "tcp",
      tuple,
      inDevice: host.device,
      request,
      answer: ({ end }) => ({
        inDevice: end.kind === "sent" ? end.device : undefined,
        expected: reaches(machine, host.address, tuple.sourcePort, host.device),
      }),
    },
  };
}

/**
 * Networks that the main table reaches by a device of no link, and that are not declared: containers, a VPN's clients. Of those whose
 * connections leave by a link, with an address that answers come back to, the answer has to find its way inside.
 */
function networkFlows(obligations: Obligations, known: readonly Host[], peer: string, machine: Machine): Flow[] {
  const { links } = obligations;
  const own = machine.addresses.map(({ address }) => address);
  const found = (machine.tables.get(MAIN_TABLE)?.routes ?? [])
    .filter(({ type, device }) => type === "unicast" && device !== undefined && device !== "lo")
    .filter(({ device }) => links.every((link) => link.device !== device))
    .filter(({ destination }) => lengthOf(destination) > 1 && lengthOf(destination) < 32)
    .filter(({ destination }) => !known.some(({ address }) => contains(destination, address)));
  const networks = [...new Map(found.map((route) => [route.destination, route])).values()].slice(0, MANY_NETWORKS);
  return networks.flatMap(({ destination, device = "" }) => {
    const address = freeHost(destination, own);
    const flow = insideFlow(
      { ...obligations, translated: false },
      { name: `a host of ${destination}`, address, device },
      peer,
      machine,
    );
    const { end, packet } = receive(machine, firstPacket(flow.connection.protocol, flow.connection.tuple), device);
    const leaves = end.kind === "sent" && links.some((link) => link.device === end.device);
    return leaves && (packet.source !== address || !isPrivate(address)) ? [flow] : [];
  });
}

/** A router may have as many routes inside as a company has offices. */
const MANY_NETWORKS = 64;

/** RFC 1918, RFC 6598. */
const isPrivate = (address: string) =>
  ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"].some((network) => contains(network, address));

/** From the server's own network, which has to come back through the router. */
function hairpinFlows(doors: readonly ProofDoor[], hosts: readonly Host[], machine: Machine): Flow[] {
  const servers = new Set(doors.map((door) => door.server));
  const host = hosts.find(
    (one) => !servers.has(one.address) && machine.addresses.some((own) => own.device === one.device),
  );
  if (!host) return [];
  return doors.flatMap((door): Flow[] => {
    const neighbours = machine.addresses.some(
      (own) => own.device === host.device && contains(`${own.address}/${own.prefix}`, door.server),
    );
    const request: Expected = (walked) =>
      reaches(machine, door.server, door.serverPort)(walked) ??
      (neighbours && !isLocal(machine, walked.packet.source)
        ? `reaches ${door.name} with the address of the client, whom it answers past the router`
        : undefined);
    return [
      {
        kind: "hairpin",
        link: undefined,
        name: `${door.protocol} ${door.address}:${door.port} -> ${door.name}, from inside`,
        connection: {
          protocol: door.protocol,
          tuple: {
            source: host.address,
            sourcePort: CLIENT_PORT,
            destination: door.address,
            destinationPort: door.port,
          },
          inDevice: host.device,
          request,
          answer: ({ end }) => ({
            inDevice: end.kind === "sent" ? end.device : undefined,
            expected: (walked) =>
              reaches(machine, host.address, CLIENT_PORT, host.device)(walked) ??
              (walked.packet.source === door.address
                ? undefined
                : `comes from ${walked.packet.source}, not ${door.address}`),
          }),
        },
      },
    ];
  });
}

/** Also by a router inside, where the main table knows one. */
function reaches(machine: Machine, address: string, port: number, device?: string): Expected {
  const [main] = machine.tables.get(MAIN_TABLE)?.fitting(numberOf(address)) ?? [];
  const nextHop = (main?.destination === "default" ? undefined : main?.gateway) ?? address;
  return ({ end, packet }) => {
    if (end.kind !== "sent" || end.nextHop !== nextHop || (device !== undefined && end.device !== device))
      return `${did(end)} instead of reaching ${address}`;
    return packet.destinationPort === port ? undefined : `reaches port ${packet.destinationPort} instead of ${port}`;
  };
}

function leavesBy(link: ProofLink, source: { address: string; port: number }): Expected {
  return ({ end, packet }) => {
    if (end.kind !== "sent" || end.device !== link.device || end.nextHop !== link.gateway)
      return `${did(end)} instead of leaving by ${link.name} (via ${link.gateway} dev ${link.device})`;
    return packet.source === source.address && packet.sourcePort === source.port
      ? undefined
      : `leaves by ${link.name} with the source ${packet.source}:${packet.sourcePort} instead of ${source.address}:${source.port}`;
  };
}

function did(end: Walked["end"]): string {
  switch (end.kind) {
    case "sent":
      return `leaves by ${end.device} to ${end.nextHop}`;
    case "delivered":
      return "ends at the router itself";
    default:
      return "goes nowhere";
  }
}
