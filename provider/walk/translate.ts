/** NAT: what a rule decides for a new connection, and what conntrack does to all packets of it afterwards. */
import { sourceOn } from "./machine.ts";
import { Dropped, type Passing } from "./passing.ts";

export function translateDestination(passing: Passing, address: string, port: number | undefined): void {
  const { packet, tracked } = passing;
  const to = { address, port: packet.protocol === "icmp" ? packet.destinationPort : (port ?? packet.destinationPort) };
  passing.packet = { ...packet, destination: to.address, destinationPort: to.port };
  passing.tracked = { ...tracked, reply: { ...tracked.reply, source: to.address, sourcePort: to.port } };
}

/** @param address undefined: the device's own, as MASQUERADE takes it */
export function translateSource(passing: Passing, address: string | undefined, port: number | undefined): void {
  const { machine, packet, tracked, outDevice, nextHop } = passing;
  const source = address ?? sourceOn(machine, outDevice, nextHop);
  // xt_MASQUERADE drops what has no address to take.
  if (source === undefined) throw new Dropped(`MASQUERADE on ${outDevice}, which has no address`, "routing");
  const from = port === undefined || packet.protocol === "icmp" ? packet.sourcePort : port;
  passing.packet = { ...packet, source, sourcePort: from };
  passing.tracked = {
    ...tracked,
    reply: { ...tracked.reply, destination: source, destinationPort: from },
    ...(address === undefined && { masqueraded: outDevice }),
  };
}

/** The destination of a packet of a known connection, at PREROUTING or OUTPUT. */
export function followDestination(passing: Passing): void {
  const { packet, tracked, direction } = passing;
  const to =
    direction === "ORIGINAL"
      ? { address: tracked.reply.source, port: tracked.reply.sourcePort }
      : { address: tracked.original.source, port: tracked.original.sourcePort };
  if (packet.destination === to.address && packet.destinationPort === to.port) return;
  passing.packet = { ...packet, destination: to.address, destinationPort: to.port };
  passing.steps.push({ kind: "translation", of: "destination", ...to });
}

/** The source of a packet of a known connection, at POSTROUTING or INPUT. */
export function followSource(passing: Passing): void {
  const { packet, tracked, direction, outDevice } = passing;
  const gone = tracked.masqueraded !== undefined && outDevice !== "" && tracked.masqueraded !== outDevice;
  if (gone && direction === "ORIGINAL")
    throw new Dropped(
      `the connection was masqueraded on ${tracked.masqueraded} and would leave by ${outDevice}`,
      "routing",
    );
  const from =
    direction === "ORIGINAL"
      ? { address: tracked.reply.destination, port: tracked.reply.destinationPort }
      : { address: tracked.original.destination, port: tracked.original.destinationPort };
  if (packet.source === from.address && packet.sourcePort === from.port) return;
  passing.packet = { ...packet, source: from.address, sourcePort: from.port };
  passing.steps.push({ kind: "translation", of: "source", ...from });
}
