/** Somebody inside, or the operator wherever he is, who uses the router, the servers and what is published. */
import { contains, freeHost, overlap } from "../model/ip.ts";
import { MAIN_TABLE } from "../model/line.ts";
import { numberOf } from "../walk/address-number.ts";
import { type Machine, routeInside, routesTo } from "../walk/machine.ts";
import type { FlowKind } from "./claim.ts";
import { did, reaches } from "./expected.ts";
import type { Flow } from "./flow.ts";
import type { Host } from "./inside-flows.ts";
import type { Obligations } from "./obligations.ts";
import { type Visit, visit } from "./visit.ts";

const SSH = 22;

/** The declared networks that the operator comes from, as far as they are inside: a device of no link leads there. */
export function operatorsInside(
  { management = [], links }: Obligations,
  hosts: readonly Host[],
  machine: Machine,
): Host[] {
  const own = machine.addresses.map(({ address }) => address);
  return management.flatMap((network) => {
    const known = hosts.find((host) => host.of.includes("/") && overlap(host.of, network));
    const address = known && contains(network, known.address) ? known.address : freeHost(network, own);
    const route = routeInside(machine, numberOf(address));
    const device = known?.device ?? (route?.type === "unicast" ? route.device : undefined);
    if (device === undefined || links.some((link) => link.device === device)) return [];
    return [{ name: `the operator in ${network}`, of: network, address, device }];
  });
}

/** Those that come from outside, by any link. */
export function operatorsOutside({ management = [] }: Obligations, inside: readonly Host[]): readonly string[] {
  return management.filter((network) => !inside.some(({ of }) => of === network));
}

interface NamedVisit extends Visit {
  readonly name: string;
}

/**
 * From one host: the router by its address on his side and by one of each link, one server of each link that servers are switched to,
 * and where that is wanted one published service of each link. The answer comes back to him, from the address that he asked.
 */
export function visitsOf(kind: FlowKind, host: Host, obligations: Obligations, machine: Machine): Flow[] {
  const far = obligations.links.flatMap(({ addresses }) => addresses.slice(0, 1));
  return visiting(kind, host, machine, [
    ...nearOf(host, machine),
    ...far.map((address) => ofRouter(address, host)),
    ...serversOf(obligations, host, machine),
    ...(obligations.hairpin ? publishedOf(obligations, machine) : []),
  ]);
}

/** From one host: the router by its address on his side. */
export function visitsNear(kind: FlowKind, host: Host, machine: Machine): Flow[] {
  return visiting(kind, host, machine, nearOf(host, machine));
}

function nearOf(host: Host, machine: Machine): NamedVisit[] {
  const near = machine.addresses.find(({ device }) => device === host.device);
  return near ? [ofRouter(near.address, host)] : [];
}

function ofRouter(address: string, { device }: Host): NamedVisit {
  return {
    ...{ name: `ssh to ${address} (the router)`, address, port: SSH, protocol: "tcp" },
    // A service may be published there.
    request: ({ end }) => (end.kind === "sent" && end.device === device ? `${did(end)} again` : undefined),
  };
}

function visiting(kind: FlowKind, host: Host, machine: Machine, visits: readonly NamedVisit[]): Flow[] {
  return visits.map(({ name, address, port, protocol, request }) => ({
    ...{ kind, link: undefined, name: `${name}, from ${host.of}` },
    about: `${kind} ${protocol} ${address}:${port} of ${host.of} on ${host.device}`,
    aside: true,
    connection: visit(host, { protocol, address, port, request }, machine),
  }));
}

function serversOf({ doors, switched = [], links }: Obligations, host: Host, machine: Machine): NamedVisit[] {
  const viaOf = (address: string) => switched.find((one) => one.address === address)?.via ?? "";
  const all = [
    ...doors.map(({ server, serverPort, protocol }) => ({ address: server, port: serverPort, protocol })),
    ...switched.map(({ address }) => ({ address, port: SSH, protocol: "tcp" as const })),
  ].filter(({ address }) => {
    // His neighbours he reaches by himself.
    const [route] = routesTo(machine, MAIN_TABLE, numberOf(address));
    return (
      route?.device !== undefined && route.device !== host.device && links.every((link) => link.device !== route.device)
    );
  });
  return [...Map.groupBy(all, ({ address }) => viaOf(address)).values()].map(([first]): NamedVisit => {
    const { address, port, protocol } = first!;
    return {
      ...{ name: `${protocol} ${address}:${port} (a server)`, address, port, protocol },
      request: reaches(machine, address, port),
    };
  });
}

function publishedOf({ doors }: Obligations, machine: Machine): NamedVisit[] {
  return [...Map.groupBy(doors, ({ link }) => link).values()].map(([first]): NamedVisit => {
    const { address, port, protocol, name, server, serverPort } = first!;
    return {
      ...{ name: `${protocol} ${address}:${port} -> ${name}`, address, port, protocol },
      request: reaches(machine, server, serverPort),
    };
  });
}
