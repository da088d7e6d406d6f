/** One packet, its answer and its next one, by the declared lines and by the live ones. Pure. */
import { followConnection, type Leg, type Machine, type Walked } from "../../proof/index.ts";
import { endText } from "../../proof/story.ts";
import { formatPacket } from "../../walk/packet.ts";
import { type SaidStep, saySteps } from "../../walk/say-step.ts";
import type { Arriving } from "../packet.ts";

export interface ExplainedLeg {
  readonly name: "request" | "answer" | "next request";
  /** `tcp 198.51.100.20:50123 -> 123.234.1.11:1494` */
  readonly packet: string;
  /** Device it arrives on; null: the router sends it. */
  readonly in: string | null;
  readonly steps: readonly SaidStep[];
  readonly end: Walked["end"]["kind"];
  /** Device it leaves by, with the next hop. */
  readonly out: { readonly device: string; readonly nextHop: string } | null;
  /** `leaves by eth0 to 172.16.1.131 as tcp ...` */
  readonly result: string;
}

/** The whole of a connection's beginning, on one machine. */
export function explain(machine: Machine, { packet, inDevice }: Arriving): ExplainedLeg[] {
  const isLast = ({ name }: Leg) => name === "next request" || undefined;
  return followConnection({ first: packet, inDevice }, { machine, judge: isLast }).legs.map(explained);
}

function explained({ name, sent, inDevice, walked }: Leg): ExplainedLeg {
  const { end } = walked;
  return {
    ...{ name: name === "request" || name === "next request" ? name : "answer", packet: formatPacket(sent) },
    ...{ in: inDevice ?? null, steps: saySteps(walked), end: end.kind },
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
