/** Packets and connections as the walk sees them. */

export type Protocol = "tcp" | "udp" | "icmp";

export interface Packet {
  readonly protocol: Protocol;
  readonly source: string;
  /** Of icmp: the identifier of the echo. */
  readonly sourcePort: number;
  readonly destination: string;
  /** Of icmp: the identifier again, as conntrack keeps it. */
  readonly destinationPort: number;
  /** nfmark: what rules and policy routing see. 0 when a packet arrives. */
  readonly mark: number;
  /** TCP flags as `--tcp-flags` names them; icmp: the type, 8 for a request, 0 for its answer. */
  readonly flags: readonly string[];
  /** The TOS byte. Default 0. */
  readonly tos?: number;
}

/** Who talks to whom, in one direction. */
export interface Tuple {
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
}

/** A connection as conntrack keeps it. */
export interface Tracked {
  readonly protocol: Protocol;
  /** As the client wrote it on its first packet. */
  readonly original: Tuple;
  /** As the answers come in: both translations are in the difference. */
  readonly reply: Tuple;
  /** ctmark. */
  readonly mark: number;
  readonly seenReply: boolean;
  /** Translated by MASQUERADE on this device: packets that leave by another one are dropped (nf_nat_oif_changed, Linux 2.6.25). */
  readonly masqueraded?: string;
  /** Why nobody can tell its mark any more. */
  readonly doubtful?: string;
}

export type Direction = "ORIGINAL" | "REPLY";

export function tupleOf({ source, sourcePort, destination, destinationPort }: Tuple): Tuple {
  return { source, sourcePort, destination, destinationPort };
}

export function inverted({ source, sourcePort, destination, destinationPort }: Tuple): Tuple {
  return {
    source: destination,
    sourcePort: destinationPort,
    destination: source,
    destinationPort: sourcePort,
  };
}

export function sameTuple(a: Tuple, b: Tuple): boolean {
  return (
    a.source === b.source &&
    a.destination === b.destination &&
    a.sourcePort === b.sourcePort &&
    a.destinationPort === b.destinationPort
  );
}

/** Which way a packet goes in a connection; undefined if it is not of it. */
export function directionIn(tracked: Tracked, packet: Packet): Direction | undefined {
  if (tracked.protocol !== packet.protocol) return undefined;
  if (sameTuple(tracked.original, packet)) return "ORIGINAL";
  return sameTuple(tracked.reply, packet) ? "REPLY" : undefined;
}

/** The first packet of a connection. */
export function firstPacket(protocol: Protocol, tuple: Tuple): Packet {
  return {
    protocol,
    ...tupleOf(tuple),
    mark: 0,
    flags: protocol === "tcp" ? ["SYN"] : protocol === "icmp" ? ["8"] : [],
  };
}

/** What the one who got it answers. */
export function answerTo(packet: Packet): Packet {
  const flags = packet.protocol === "tcp" ? ["SYN", "ACK"] : packet.protocol === "icmp" ? ["0"] : [];
  return { protocol: packet.protocol, ...inverted(packet), mark: 0, flags };
}

/** A later packet of the client: the same ends, no longer the first. */
export function laterPacket(first: Packet): Packet {
  return { ...first, mark: 0, flags: first.protocol === "tcp" ? ["ACK"] : first.flags };
}

/** `tcp 198.51.100.20:50000 -> 123.234.1.11:1494 mark 0x1` */
export function formatPacket(packet: Packet): string {
  const end = (address: string, port: number) => (packet.protocol === "icmp" ? address : `${address}:${port}`);
  const kind = packet.protocol === "icmp" ? (packet.flags[0] === "0" ? "echo reply " : "echo ") : "";
  return `${packet.protocol} ${kind}${end(packet.source, packet.sourcePort)} -> ${end(packet.destination, packet.destinationPort)}`;
}
