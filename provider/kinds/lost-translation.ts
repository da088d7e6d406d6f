/** Foreign rules of nat POSTROUTING that no packet comes to any more, because the managed translation stands before them. */

import { type RuleOption, type RuleShape, shapeOf } from "../dialects/iptables/rule-shape.ts";
import { overlap } from "../model/ip.ts";
import type { HookLine, Line } from "../model/line.ts";
import { orElse } from "../model/not-understood.ts";
import { escaped } from "../model/printable.ts";
import type { Snapshot } from "../model/snapshot.ts";

/** What leaves a network by a device carries `address`, or the device's own one. */
export interface Translated {
  readonly network: string;
  readonly device: string;
  readonly address?: string | undefined;
}

/** An exemption, or another source for the same packets: each with what to do about it. */
export function lostTranslations(
  translated: readonly Translated[],
  { iptables, addresses }: Pick<Snapshot, "iptables" | "addresses">,
  isOurs: (line: Line) => boolean,
): string[] {
  const rules = iptables.nat?.chains.get("POSTROUTING")?.rules ?? [];
  const hook = (rule: string): HookLine => ({ kind: "hook", table: "nat", chain: "POSTROUTING", rule });
  // What stands in front of the managed jump has its effect still.
  const behind = rules.slice(rules.findIndex((rule) => isOurs(hook(rule))) + 1).filter((rule) => !isOurs(hook(rule)));
  return behind.flatMap((rule) => {
    const shape = orElse(
      () => shapeOf(rule),
      () => undefined,
    );
    const met = shape && translated.find((one) => meets(shape, one) && isOther(shape, one, addresses));
    return met
      ? [
          `"-t nat -A POSTROUTING ${escaped(rule)}" loses its effect: what leaves ${met.network} by ${met.device} is translated by this stack before it comes there. masquerade: false, for the site or for that network of lan, leaves it to the rules of others`,
        ]
      : [];
  });
}

const literalOf = ({ base }: RuleShape, name: string) => {
  const option = base.find((one: RuleOption) => one.name === name && !one.negated);
  return option?.values[0]?.text;
};

function meets(shape: RuleShape, { network, device }: Translated): boolean {
  const [source, out] = [literalOf(shape, "-s"), literalOf(shape, "-o")];
  const isOut = out === undefined || (out.endsWith("+") ? device.startsWith(out.slice(0, -1)) : out === device);
  return isOut && literalOf(shape, "-i") === undefined && (source === undefined || overlap(source, network));
}

/** Does it mean another source than the managed rule gives? */
function isOther({ target }: RuleShape, { device, address }: Translated, addresses: Snapshot["addresses"]): boolean {
  if (target?.name === "ACCEPT" || target?.name === "RETURN" || target?.name === "NETMAP") return true;
  if (target?.name !== "SNAT") return false;
  const [to = ""] = (target.options[0]?.values[0]?.text ?? "").split(":");
  const own =
    address === undefined ? addresses.filter((one) => one.device === device).map((one) => one.address) : [address];
  return own[0] !== to;
}
