/** What a packet has to do, as a function of what it did. */
import { MAIN_TABLE } from "../model/line.ts";
import { numberOf } from "../walk/address-number.ts";
import { type Machine, routesTo } from "../walk/machine.ts";
import type { Walked } from "../walk/walk.ts";
import type { Expected } from "./connection.ts";
import type { ProofLink } from "./obligations.ts";

/** Also by a router inside, where the main table knows one. */
export function reaches(machine: Machine, address: string, port: number, device?: string): Expected {
  const [main] = routesTo(machine, MAIN_TABLE, numberOf(address));
  const nextHop = (main?.destination === "default" ? undefined : main?.gateway) ?? address;
  return ({ end, packet }) => {
    if (end.kind !== "sent" || end.nextHop !== nextHop || (device !== undefined && end.device !== device))
      return `${did(end)} instead of reaching ${address}`;
    return packet.destinationPort === port ? undefined : `reaches port ${packet.destinationPort} instead of ${port}`;
  };
}

export function leavesBy(link: ProofLink, source: { address: string; port: number }): Expected {
  return ({ end, packet }) => {
    if (end.kind !== "sent" || end.device !== link.device || end.nextHop !== link.gateway)
      return `${did(end)} instead of leaving by ${link.name} (via ${link.gateway} dev ${link.device})`;
    return packet.source === source.address && packet.sourcePort === source.port
      ? undefined
      : `leaves by ${link.name} with the source ${packet.source}:${packet.sourcePort} instead of ${source.address}:${source.port}`;
  };
}

export function did(end: Walked["end"]): string {
  switch (end.kind) {
    case "sent":
      return `leaves by ${end.device} to ${end.nextHop}`;
    case "delivered":
      return "ends at the router itself";
    default:
      return "goes nowhere";
  }
}
