/** Somebody inside who asks for an address, and gets the answer from that address. */

import type { Machine } from "../walk/machine.ts";
import type { Connection, Expected } from "./connection.ts";
import { reaches } from "./expected.ts";
import { CLIENT_PORT } from "./peers.ts";

/** What he asks for, and what it has to reach. */
export interface Visit {
  readonly address: string;
  readonly port: number;
  readonly protocol: "tcp" | "udp";
  readonly request: Expected;
}

export function visit(
  host: { readonly address: string; readonly device: string },
  { protocol, address, port, request }: Visit,
  machine: Machine,
): Connection {
  const home = reaches(machine, host.address, CLIENT_PORT, host.device);
  return {
    protocol,
    tuple: { source: host.address, sourcePort: CLIENT_PORT, destination: address, destinationPort: port },
    inDevice: host.device,
    request,
    reply: (walked) =>
      home(walked) ??
      (walked.packet.source === address ? undefined : `comes from ${walked.packet.source}, not ${address}`),
  };
}
