/** A connection told step by step, for people. */

import type { Leg } from "../walk/follow-connection.ts";
import { formatPacket } from "../walk/packet.ts";
import { saySteps } from "../walk/say-step.ts";
import type { Walked } from "../walk/walk.ts";
import type { Proved } from "./claim.ts";
import { CALLED } from "./connection.ts";

/** What became of a packet, in one line. */
export function endText({ end, packet }: Walked): string {
  switch (end.kind) {
    case "delivered":
      return `reaches the router itself as ${formatPacket(packet)}`;
    case "sent":
      return `leaves by ${end.device} to ${end.nextHop} as ${formatPacket(packet)}`;
    case "dropped":
      return `is dropped: ${end.why}`;
    case "unknown":
      return `cannot be told: ${end.why}`;
  }
}

function legLines({ name, sent, inDevice, walked }: Leg): string[] {
  const from = inDevice === undefined ? "from the router" : `in on ${inDevice}`;
  return [
    `${CALLED[name]}: ${formatPacket(sent)}, ${from}`,
    ...saySteps(walked).map(({ at, text }) => `  ${at}: ${text}`),
    `  = ${endText(walked)}`,
  ];
}

/** A counterexample: the claim, why it does not hold, and all packets up to the one that shows it. */
export function storyOf({ claim, answer, legs }: Proved): string[] {
  const why = "why" in answer ? answer.why : "";
  return [`${claim.name} (${claim.when}): ${why}`, ...legs.flatMap(legLines).map((line) => `  ${line}`)];
}
