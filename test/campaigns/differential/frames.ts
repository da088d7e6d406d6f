/** IPv4 packets as bytes on Ethernet, and back. */
import { fromNumber, toNumber } from "../../../provider/model/ip.ts";
import type { Packet, Protocol } from "../../../provider/walk/packet.ts";

const NUMBERS: Readonly<Record<Protocol, number>> = { icmp: 1, tcp: 6, udp: 17 };
const FLAGS = ["FIN", "SYN", "RST", "PSH", "ACK", "URG"];

/** What tells one packet from all others: nothing that a router rewrites. */
export interface Label {
  /** Number of the connection, 1 to 2^23. */
  readonly connection: number;
  /** In the field that forwarding leaves alone; never 0, which the kernel's own answers have. */
  readonly ipId: number;
}

export interface Seen extends Label {
  readonly packet: Packet;
  /** Who gets it: the address that its hardware address spells. */
  readonly nextHop: string;
  readonly seq: number;
  readonly ack: number;
}

/** TCP numbers of a connection: the client counts from here, and a server out there 128 higher. */
export function clientSeq(connection: number): number {
  return (connection << 8) >>> 0;
}

export interface Made extends Label {
  readonly seq?: number;
  readonly ack?: number;
}

export function frameOf(packet: Packet, to: Buffer, { connection, ipId, seq = 0, ack = 0 }: Made): Buffer {
  const body = transport(packet, connection, seq, ack);
  const header = Buffer.alloc(20);
  header.writeUInt8(0x45, 0);
  header.writeUInt16BE(20 + body.length, 2);
  header.writeUInt16BE(ipId, 4);
  header.writeUInt8(64, 8);
  header.writeUInt8(NUMBERS[packet.protocol], 9);
  header.writeUInt32BE(toNumber(packet.source), 12);
  header.writeUInt32BE(toNumber(packet.destination), 16);
  header.writeUInt16BE(checksum(header), 10);
  const ethernet = Buffer.concat([to, Buffer.from([2, 0, 0xff, 0xff, 0xff, 0xff, 8, 0])]);
  return Buffer.concat([ethernet, header, body]);
}

function transport(packet: Packet, connection: number, seq: number, ack: number): Buffer {
  const { protocol, source, destination, sourcePort, destinationPort, flags } = packet;
  if (protocol === "icmp") {
    const body = Buffer.alloc(12);
    body.writeUInt8(Number(flags[0]), 0);
    body.writeUInt16BE(sourcePort, 4);
    body.writeUInt32BE(connection, 8);
    body.writeUInt16BE(checksum(body), 2);
    return body;
  }
  const body = Buffer.alloc(protocol === "tcp" ? 20 : 12);
  body.writeUInt16BE(sourcePort, 0);
  body.writeUInt16BE(destinationPort, 2);
  if (protocol === "tcp") {
    body.writeUInt32BE(seq >>> 0, 4);
    body.writeUInt32BE(ack >>> 0, 8);
    body.writeUInt8(0x50, 12);
    body.writeUInt8(
      flags.reduce((bits, flag) => bits | (1 << FLAGS.indexOf(flag)), 0),
      13,
    );
    body.writeUInt16BE(0xffff, 14);
  } else {
    body.writeUInt16BE(body.length, 4);
    body.writeUInt32BE(connection, 8);
  }
  const pseudo = Buffer.alloc(12);
  pseudo.writeUInt32BE(toNumber(source), 0);
  pseudo.writeUInt32BE(toNumber(destination), 4);
  pseudo.writeUInt8(NUMBERS[protocol], 9);
  pseudo.writeUInt16BE(body.length, 10);
  body.writeUInt16BE(checksum(Buffer.concat([pseudo, body])), protocol === "tcp" ? 16 : 6);
  return body;
}

function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += bytes.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** An Ethernet frame; undefined for what no packet of a test is: errors of ICMP, fragments. */
export function parseFrame(frame: Buffer): Seen | undefined {
  const ip = frame.subarray(14);
  // A broadcast address has the hardware address of everybody.
  const everybody = frame.readUInt32BE(2) === 0xffffffff;
  return parseIp(ip, fromNumber(everybody ? ip.readUInt32BE(16) : frame.readUInt32BE(2)));
}

export function parseIp(ip: Buffer, nextHop: string): Seen | undefined {
  const protocol = (Object.keys(NUMBERS) as Protocol[]).find((name) => NUMBERS[name] === ip[9]);
  if (!protocol || ip[0] !== 0x45) return undefined;
  const ends = { source: fromNumber(ip.readUInt32BE(12)), destination: fromNumber(ip.readUInt32BE(16)) };
  const ipId = ip.readUInt16BE(4);
  const body = ip.subarray(20, ip.readUInt16BE(2));
  if (protocol === "icmp") {
    const type = body[0]!;
    if ((type !== 0 && type !== 8) || body.length < 12) return undefined;
    const id = body.readUInt16BE(4);
    const packet = { protocol, ...ends, sourcePort: id, destinationPort: id, mark: 0, flags: [String(type)] };
    return { packet, nextHop, ipId, connection: body.readUInt32BE(8), seq: 0, ack: 0 };
  }
  const ports = { sourcePort: body.readUInt16BE(0), destinationPort: body.readUInt16BE(2) };
  if (protocol === "udp") {
    const packet = { protocol, ...ends, ...ports, mark: 0, flags: [] };
    return body.length < 12 ? undefined : { packet, nextHop, ipId, connection: body.readUInt32BE(8), seq: 0, ack: 0 };
  }
  const flags = FLAGS.filter((_, bit) => (body[13]! >> bit) & 1);
  const [seq, ack] = [body.readUInt32BE(4), body.readUInt32BE(8)];
  // The router's own answers count from a number of its own, and name the client's.
  const own = ipId === 0 && flags.includes("ACK");
  return {
    packet: { protocol, ...ends, ...ports, mark: 0, flags },
    nextHop,
    ipId,
    connection: (own ? ack : seq) >>> 8,
    seq,
    ack,
  };
}
