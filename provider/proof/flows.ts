/** The connections that a site is there for, each with what its packets have to do. */
import { freeHost } from "../model/ip.ts";
import type { Machine } from "../walk/machine.ts";
import type { Claim } from "./claim.ts";
import { did, leavesBy, reaches } from "./expected.ts";
import type { Flow } from "./flow.ts";
import {
  type Host,
  HTTPS,
  hairpinFlows,
  hostsOf,
  insideFlow,
  networkFlows,
  networksOf,
  strayFlow,
} from "./inside-flows.ts";
import type { Obligations, ProofDoor, ProofLink } from "./obligations.ts";
import { CLIENT_PORT, met, type Peer, type Peers, type Service } from "./peers.ts";
import { operatorsInside, operatorsOutside, visitsNear, visitsOf } from "./visits.ts";

/** Services of the router's own that everybody has. */
const OWN: readonly Service[] = [
  { protocol: "tcp", port: 22, name: "ssh to" },
  { protocol: "icmp", port: 7, name: "ping of" },
];

export function flowsOf(obligations: Obligations, machine: Machine, peers: Peers): Flow[] {
  const { links, doors } = obligations;
  const hosts = hostsOf(obligations, machine);
  const { anybody } = peers;
  const behind = Map.groupBy(doors, (door) => door.link);
  return [
    ...links.flatMap((link) => (behind.get(link.name) ?? []).map((door) => doorFlow(link, door, anybody, machine))),
    ...links.flatMap((link) => routerFlows(link, OWN, doors, anybody)),
    ...hosts.map((host) => insideFlow(obligations, host, anybody, machine)),
    ...(obligations.hairpin ? hairpinFlows(doors, hosts, machine) : []),
    ...managementFlows(obligations, hosts, machine),
    ...(obligations.networks ? undeclared(obligations, obligations.networks, hosts, machine, peers) : []),
    ...peers.others.flatMap((peer) => flowsWith(peer, obligations, hosts, machine)),
  ];
}

function managementFlows(obligations: Obligations, hosts: readonly Host[], machine: Machine): Flow[] {
  const { links, doors } = obligations;
  const inside = operatorsInside(obligations, hosts, machine);
  const own = machine.addresses.map(({ address }) => address);
  const outside = operatorsOutside(obligations, inside).map(
    (network): Peer => ({
      ...{ address: freeHost(network, own), port: CLIENT_PORT, named: ` from ${network}` },
      lines: [],
    }),
  );
  const behind = Map.groupBy(doors, (door) => door.link);
  const fromOutside = (peer: Peer) =>
    links.flatMap((link) => [
      ...routerFlows(link, OWN.slice(0, 1), doors, peer),
      ...(behind.get(link.name) ?? []).slice(0, 1).map((door) => doorFlow(link, door, peer, machine)),
    ]);
  const kind = "management";
  return [
    ...inside.flatMap((host) => visitsOf(kind, host, obligations, machine)),
    ...outside.flatMap(fromOutside).map((flow) => ({ ...flow, kind, about: `${kind} ${flow.about}`, aside }) as const),
  ];
}

/** Connections that no line of the site is for, and that pass the router. */
function undeclared(
  obligations: Obligations,
  which: "out" | "visits",
  hosts: readonly Host[],
  machine: Machine,
  { anybody, services }: Peers,
): Flow[] {
  const { links, doors } = obligations;
  const networks = networksOf(obligations, hosts, machine);
  const visits = [
    ...networks.flatMap((host) => visitsOf("network", host, obligations, machine)),
    ...hosts.filter(({ of }) => of.includes("/")).flatMap((host) => visitsNear("network", host, machine)),
  ];
  return [
    ...networkFlows(obligations, networks, anybody, machine),
    ...(which === "visits" ? visits : []),
    ...services.flatMap((service) => [
      ...links.flatMap((link) => routerFlows(link, [service], doors, anybody).map((flow) => ({ ...flow, aside }))),
      ...hosts.flatMap((host) => strayFlow(obligations, { ...host, service }, anybody, machine) ?? []),
    ]),
  ].map((flow) => ({ ...flow, undeclared: true as const }));
}

/** Connections with a client whom some lines name: one for all that these lines treat alike, none for what they cannot meet. */
function flowsWith(peer: Peer, obligations: Obligations, hosts: readonly Host[], machine: Machine): Flow[] {
  const { links, doors } = obligations;
  const behind = Map.groupBy(doors, (door) => door.link);
  const inward = links.flatMap((link) => [
    ...oneOfEach(behind.get(link.name) ?? [], ({ protocol, port, serverPort, address, server }) =>
      met(peer, { protocol, ports: [port, serverPort], addresses: [address, server] }),
    ).map((door) => doorFlow(link, door, peer, machine)),
    ...oneOfEach(routerFlows(link, OWN, doors, peer), ({ connection: { protocol, tuple } }) =>
      met(peer, { protocol, ports: [tuple.destinationPort], addresses: [tuple.destination] }),
    ),
  ]);
  const outward = oneOfEach(hosts, ({ address }) =>
    met(peer, { protocol: HTTPS.protocol, ports: [HTTPS.port], addresses: [address] }),
  ).flatMap((host) => strayFlow(obligations, host, peer, machine) ?? []);
  return [...inward, ...outward];
}

function oneOfEach<Value>(values: readonly Value[], keyOf: (value: Value) => string): Value[] {
  const groups = Map.groupBy(values, keyOf);
  groups.delete("");
  return [...groups.values()].map(([first]) => first!);
}

/** On the router as it is: who is switched to no link leaves by the declared default. */
export function defaultFlows(obligations: Obligations, machine: Machine, { anybody }: Peers): Flow[] {
  if (obligations.default === undefined) return [];
  const [host] = hostsOf(obligations, machine).filter(({ via }) => via === undefined);
  return host ? [insideFlow(obligations, { ...host, via: obligations.default }, anybody, machine)] : [];
}

/** A situation that a connection is followed in. */
export interface Case {
  /** For people: `default by wan_two, wan_one is down`. */
  readonly when: string;
  /** The same by devices. */
  readonly about: string;
  /** The link whose device is down. */
  readonly down?: string;
}

export function claimOf({ kind, link, name, about, undeclared, aside }: Flow, { when, about: at, down }: Case): Claim {
  return {
    ...{ kind, link, name, when, about: `${about}, ${at}` },
    ...(undeclared && { undeclared }),
    ...(aside && { aside }),
    ...(down !== undefined && { down }),
  };
}

function doorFlow(link: ProofLink, door: ProofDoor, peer: Peer, machine: Machine): Flow {
  const outside = { address: door.address, port: door.port };
  return {
    kind: "door",
    link: link.name,
    name: `${door.protocol} ${door.address}:${door.port} -> ${door.name}, by ${link.name}${comma(peer)}`,
    about: `door ${door.protocol} ${door.address}:${door.port} by ${link.device}${peer.named}`,
    ...besides(peer),
    connection: {
      protocol: door.protocol,
      tuple: {
        ...{ source: peer.address, sourcePort: peer.port },
        ...{ destination: door.address, destinationPort: door.port },
      },
      inDevice: link.device,
      mayBeRefused: peer.lines.length > 0,
      request: reaches(machine, door.server, door.serverPort),
      reply: leavesBy(link, outside),
    },
  };
}

function routerFlows(link: ProofLink, services: readonly Service[], doors: readonly ProofDoor[], peer: Peer): Flow[] {
  const flow = (address: string, { protocol, port, name }: Service): Flow => ({
    kind: "router",
    link: link.name,
    name: `${name ?? `${protocol} ${port} of`} ${address} (the router), by ${link.name}${comma(peer)}`,
    about: `router ${protocol} ${address}:${port} by ${link.device}${peer.named}`,
    ...besides(peer),
    connection: {
      protocol,
      tuple: {
        source: peer.address,
        sourcePort: protocol === "icmp" ? port : peer.port,
        destination: address,
        destinationPort: port,
      },
      inDevice: link.device,
      mayBeRefused: peer.lines.length > 0,
      // Somebody may have a door of his own there: then what is behind it answers.
      request: ({ end }) => (end.kind === "sent" && end.device === link.device ? `${did(end)} again` : undefined),
      reply: leavesBy(link, { address, port }),
    },
  });
  const isDoor = (address: string, { protocol, port }: Service) =>
    doors.some((door) => door.address === address && door.protocol === protocol && door.port === port);
  return link.addresses.flatMap((address) =>
    services.flatMap((service) => (isDoor(address, service) ? [] : [flow(address, service)])),
  );
}

const comma = ({ named }: Peer) => (named === "" ? "" : `,${named}`);

const besides = ({ lines }: Peer) => (lines.length > 0 ? { aside } : {});
const aside = true as const;
