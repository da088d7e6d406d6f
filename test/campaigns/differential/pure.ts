/** What the walk says of connections, packet by packet, without a kernel: to tell two machines apart. */
import type { ChainRules } from "../../../provider/model/snapshot.ts";
import type { Machine } from "../../../provider/walk/machine.ts";
import { answerTo, firstPacket, laterPacket } from "../../../provider/walk/packet.ts";
import { receive, send, type Walked } from "../../../provider/walk/walk.ts";
import type { Talk } from "./play.ts";

export function talkText(machine: Machine, talk: Talk): string {
  const { protocol, source, destination, port } = talk;
  const sourcePort = 20_000;
  const destinationPort = protocol === "icmp" ? sourcePort : port;
  const first = firstPacket(protocol, { source, sourcePort, destination, destinationPort });
  const request = receive(machine, first, talk.inDevice);
  const walks = [request];
  const { end } = request;
  if (end.kind !== "sent" && end.kind !== "delivered") return text(walks);
  const reply = answerTo(request.packet);
  const by = talk.answerBy ?? (end.kind === "sent" ? end.device : "");
  const answer =
    end.kind === "sent" ? receive(machine, reply, by, request.tracked) : send(machine, reply, request.tracked);
  walks.push(answer, receive(machine, laterPacket(first), talk.laterBy ?? talk.inDevice, answer.tracked));
  return text(walks);
}

const OUT = { destination: "198.51.100.20", destinationPort: 443, sourcePort: 20_000 };

/** Connections of the router's own, from each of its addresses; also of a program that has marked them for its own ends. */
export function ownText(machine: Machine): string {
  return text(
    machine.addresses.flatMap(({ address }) =>
      [0, 0x5000].map((mark) => send(machine, { ...firstPacket("tcp", { ...OUT, source: address }), mark })),
    ),
  );
}

/** With a firewall that lets pass only what a rule accepts. */
export function shut(machine: Machine): Machine {
  const filter = machine.chains.get("filter") ?? new Map<string, ChainRules>();
  const forward = { rules: [], ...filter.get("FORWARD"), policy: "DROP" };
  return { ...machine, chains: new Map(machine.chains).set("filter", new Map(filter).set("FORWARD", forward)) };
}

/** Not the marks: they count where they lead somewhere. */
function text(walks: readonly Walked[]): string {
  return walks
    .map(({ end, packet: { source, sourcePort, destination, destinationPort } }) => {
      const { kind } = end;
      const where = kind === "sent" ? `${end.device} ${end.nextHop}` : "";
      return kind === "dropped" ? kind : `${kind} ${where} ${source}:${sourcePort} ${destination}:${destinationPort}`;
    })
    .join("\n");
}
