/** The walk's word against the kernel's deed. */
import type { Packet } from "../../../provider/walk/packet.ts";
import { type SaidStep, saySteps } from "../../../provider/walk/say-step.ts";
import type { End, Walked } from "../../../provider/walk/walk.ts";

export interface Observed {
  readonly sent: readonly { readonly device: string; readonly nextHop: string; readonly packet: Packet }[];
  readonly delivered: readonly Packet[];
}

/** `wrong yes`: it does not get there; `wrong no`: it is not dropped; `unknown`: nothing was claimed. */
export type Verdict = "agreed" | "wrong yes" | "wrong no" | "unknown";

export interface Comparison {
  readonly verdict: Verdict;
  readonly claimed: End;
  /** In one line each. */
  readonly said: string;
  readonly did: string;
  readonly steps: readonly SaidStep[];
}

export function judge(walked: Walked, observed: Observed): Comparison {
  const { end, packet } = walked;
  const did = [
    ...observed.sent.map((one) => sentText(one.device, one.nextHop, one.packet)),
    ...observed.delivered.map(deliveredText),
  ];
  const said =
    end.kind === "sent"
      ? sentText(end.device, end.nextHop, packet)
      : end.kind === "delivered"
        ? deliveredText(packet)
        : end.kind;
  return {
    verdict: verdictOf(end, said, did),
    claimed: end,
    said,
    did: did.join(", ") || "dropped",
    steps: saySteps(walked),
  };
}

function verdictOf(end: End, said: string, did: readonly string[]): Verdict {
  if (end.kind === "unknown") return "unknown";
  if (end.kind === "dropped") return did.length === 0 ? "agreed" : "wrong no";
  return did.length === 1 && did[0] === said ? "agreed" : "wrong yes";
}

function sentText(device: string, nextHop: string, packet: Packet): string {
  return `sent by ${device} to ${nextHop} as ${ends(packet)}`;
}

function deliveredText(packet: Packet): string {
  return `delivered as ${ends(packet)}`;
}

function ends({ source, sourcePort, destination, destinationPort }: Packet): string {
  return `${source}:${sourcePort} -> ${destination}:${destinationPort}`;
}
