/** A router with a LAN and two links, and what becomes of a packet on it. */
import { firstPacket, type Packet } from "../../provider/walk/packet.ts";
import { receive } from "../../provider/walk/walk.ts";
import { machineText } from "../proof/machine-text.ts";

export const TWO = `
  inet 172.16.1.1/24 scope global eth0
  inet 10.91.0.2/24 scope global eth1
  inet 10.92.0.2/24 scope global eth2
  default via 10.91.0.1 dev eth1`;
export const TABLE = `
  default via 10.92.0.1 dev eth2 table 102
  172.16.1.0/24 dev eth0 table 102`;

export const OUT = { source: "172.16.1.50", sourcePort: 20_000, destination: "198.51.100.20", destinationPort: 80 };
export const IN = { source: "198.51.100.20", sourcePort: 20_000, destination: "172.16.1.131", destinationPort: 80 };

/** `eth1 10.91.0.1`, `delivered`, `dropped`, `unknown`. */
export function way(text: string, packet: Packet = firstPacket("tcp", OUT), inDevice = "eth0"): string {
  const { end } = receive(machineText(`${TWO}\n${text}`), packet, inDevice);
  return end.kind === "sent" ? `${end.device} ${end.nextHop}` : end.kind;
}
