/** One packet, its answer and its next one, by the declared lines and by the live ones. Pure. */
import { answerTo, laterPacket, type Machine, type Packet, receive, send, type Walked } from "../../proof/index.ts";
import { endText } from "../../proof/story.ts";
import { formatPacket } from "../../walk/packet.ts";
import type { Arriving } from "../packet.ts";

export interface ExplainedLeg {
  readonly name: "request" | "answer" | "next request";
  /** `tcp 198.51.100.20:50123 -> 123.234.1.11:1494` */
  readonly packet: string;
  /** Device it arrives on; null: the router sends it. */
  readonly in: string | null;
  readonly steps: readonly { readonly at: string; readonly text: string }[];
  readonly end: Walked["end"]["kind"];
  /** Device it leaves by, with the next hop. */
  readonly out: { readonly device: string; readonly nextHop: string } | null;
  /** `leaves by eth0 to 172.16.1.131 as tcp ...` */
  readonly result: string;
}

/** The whole of a connection's beginning, on one machine. */
export function explain(machine: Machine, { packet, inDevice }: Arriving): ExplainedLeg[] {
  const walk = (sent: Packet, device: string | undefined, known?: Walked) =>
    device === undefined ? send(machine, sent, known?.tracked) : receive(machine, sent, device, known?.tracked);
  const request = walk(packet, inDevice);
  const legs = [legOf("request", packet, inDevice, request)];
  const { end } = request;
  if (end.kind !== "sent" && end.kind !== "delivered") return legs;
  const reply = answerTo(request.packet);
  const from = end.kind === "sent" ? end.device : undefined;
  const answer = walk(reply, from, request);
  legs.push(legOf("answer", reply, from, answer));
  if (answer.end.kind !== "sent" && answer.end.kind !== "delivered") return legs;
  const next = laterPacket(packet);
  return [...legs, legOf("next request", next, inDevice, walk(next, inDevice, answer))];
}

function legOf(name: ExplainedLeg["name"], sent: Packet, device: string | undefined, walked: Walked): ExplainedLeg {
  const { end, steps } = walked;
  return {
    ...{ name, packet: formatPacket(sent), in: device ?? null, steps, end: end.kind },
    out: end.kind === "sent" ? { device: end.device, nextHop: end.nextHop } : null,
    result: endText(walked),
  };
}

/** Does the answer go back by where the request came in? undefined: one of them has no end that can be told. */
export function isSymmetric([request, answer]: readonly ExplainedLeg[]): boolean | undefined {
  if (!request || request.end === "unknown" || answer?.end === "unknown") return undefined;
  if (!answer || answer.end === "dropped" || request.end === "dropped") return false;
  return request.in === null ? answer.end === "delivered" : answer.out?.device === request.in;
}

/** The same decisions, in the same words? */
export function sameLeg(a: ExplainedLeg | undefined, b: ExplainedLeg | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
