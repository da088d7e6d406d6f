/** What traffic control does to packets on the way in and out of devices, as `tc filter show` prints it behind `#= DEVICE DIRECTION`. */
import type { Threat } from "../../model/threat.ts";

/**
 * Shaping by way of an ifb device hands the packet back where it was taken, and a copy is none; whatever else an action does to a packet
 * (drop, mark, redirect) is not modelled.
 */
const HARMLESS = /^mirred \(Egress (?:Redirect to device ifb|Mirror )/;

export function trafficThreats(text: string): readonly Threat[] {
  return text.split(/^#= /m).flatMap((part): Threat[] => {
    const [head = "", ...lines] = part.split("\n");
    const [device = "", direction] = head.split(" ");
    if (direction !== "ingress" && direction !== "egress") return [];
    const actions = lines.flatMap((line) => /\baction order \d+: (.*\S)/.exec(line)?.[1] ?? []);
    const acts =
      actions.find((action) => !HARMLESS.test(action)) ??
      lines.find((line) => /\bdirect-action\b|\bgoto chain\b/.test(line))?.trim();
    if (acts === undefined) return [];
    const incoming = direction === "ingress";
    return [
      {
        ...{ table: "tc filter", chain: device, hook: incoming ? "ingress" : "postrouting", text: acts },
        by: `the filter "${acts}" of tc on the ${direction} of ${device}`,
        selects: incoming ? { in: [device] } : { out: [device] },
      },
    ];
  });
}
