/** The connections that a site is there for, each with what its packets have to do. */
import type { Claim, FlowKind } from "./claim.ts";
import type { Connection } from "./connection.ts";
import { answeredFrom, did, leavesBy, reaches } from "./expected.ts";
import { hairpinFlows, hostsOf, insideFlow, networkFlows } from "./inside-flows.ts";
import type { Machine } from "./machine.ts";
import type { Obligations, ProofDoor, ProofLink } from "./obligations.ts";
import type { Protocol } from "./packet.ts";
import { CLIENT_PORT, somebody } from "./somebody.ts";

export interface Flow {
  readonly kind: FlowKind;
  readonly link: string | undefined;
  readonly name: string;
  /** As in a claim, without the case. */
  readonly about: string;
  readonly connection: Connection;
}

/** The service of the router's own that everybody has. */
const SSH = 22;

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

/** A situation that a connection is followed in. */
export interface Case {
  /** For people: `default by wan_two, wan_one is down`. */
  readonly when: string;
  /** The same by devices. */
  readonly about: string;
  /** The link whose device is down. */
  readonly down?: string;
}

export function claimOf({ kind, link, name, about }: Flow, { when, about: at, down }: Case): Claim {
  return { kind, link, name, when, about: `${about}, ${at}`, ...(down !== undefined && { down }) };
}

function doorFlow(link: ProofLink, door: ProofDoor, peer: string, machine: Machine): Flow {
  const outside = { address: door.address, port: door.port };
  return {
    kind: "door",
    link: link.name,
    name: `${door.protocol} ${door.address}:${door.port} -> ${door.name}, by ${link.name}`,
    about: `door ${door.protocol} ${door.address}:${door.port} by ${link.device}`,
    connection: {
      protocol: door.protocol,
      tuple: { source: peer, sourcePort: CLIENT_PORT, destination: door.address, destinationPort: door.port },
      inDevice: link.device,
      request: reaches(machine, door.server, door.serverPort),
      answer: (asked) => ({ inDevice: answeredFrom(asked), expected: leavesBy(link, outside) }),
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
      about: `router ${protocol} ${address}:${port} by ${link.device}`,
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
        answer: (asked) => ({ inDevice: answeredFrom(asked), expected: leavesBy(link, { address, port }) }),
      },
    });
    return [...(free(address) ? [flow("tcp", SSH, "ssh to")] : []), flow("icmp", 7, "ping of")];
  });
}
