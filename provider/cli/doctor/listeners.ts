/** Services of the router itself over UDP, which answer from the wrong address when they are bound to all of them. Pure. */
import { firstPacket, type Machine, receive } from "../../proof/index.ts";
import { defaultLink } from "../links.ts";
import type { Finding } from "./finding.ts";
import type { Patient } from "./patient.ts";

/** Somebody out there (RFC 5737). */
const ANYBODY = "198.51.100.77";
/** Answered by broadcast, or clients themselves: BOOTP, DHCPv6. */
const OTHERS = new Set([67, 68, 546, 547]);
const DEFAULT_PORTS = [32768, 60999];

/** An answer's source is chosen before any mark is restored: it is the default link's (safety of UDP, connmark cannot help). */
export function listeners({ links, facts, snapshot }: Patient, machine: Machine): Finding[] {
  const [first = 0, last = 0] = (facts.facts.get("ports")?.trim().split(/\s+/) ?? []).map(Number);
  const [from, to] = first > 0 ? [first, last] : DEFAULT_PORTS;
  // A port of that range is a client's, with an answer to come, not a service.
  const ports = facts.wildcardUdp.filter((port) => !OTHERS.has(port) && (port < from! || port > to!));
  const main = defaultLink(links, snapshot.routes);
  return ports.flatMap((port): Finding[] => {
    const seen = links
      .filter((link) => link !== main)
      .map((link) => ({ link, end: endOf(link.device, port, machine) }));
    const open = seen.filter(({ end }) => end === "delivered").map(({ link }) => link.name);
    const maybe = seen.filter(({ end }) => end === "unknown").map(({ link }) => link.name);
    const names = open.length > 0 ? open : maybe;
    if (names.length === 0) return [];
    return [
      {
        ...{ level: open.length > 0 ? "warning" : "note", about: "pitfalls" },
        text: `UDP port ${port} of the router ${open.length > 0 ? "is" : "may be"} open on ${names.join(", ")}, and its service is bound to every address: it answers with the address of the default link`,
        todo: "bind the service to each address by itself (dnsmasq: bind-interfaces, OpenVPN: multihome), or shut the port there in INPUT",
      },
    ];
  });
}

function endOf(device: string, port: number, machine: Machine): string {
  const own = machine.addresses.find((entry) => entry.device === device);
  if (!own) return "dropped";
  const packet = firstPacket("udp", {
    source: ANYBODY,
    sourcePort: 50123,
    destination: own.address,
    destinationPort: port,
  });
  return receive(machine, packet, device).end.kind;
}
