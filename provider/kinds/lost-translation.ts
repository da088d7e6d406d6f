/** Foreign rules of nat POSTROUTING that no packet comes to any more, because the managed translation stands before them. */

import { ruleText } from "../dialects/iptables/packet-rule.ts";
import { formatMasked, overlap } from "../model/ip.ts";
import type { HookLine, Line } from "../model/line.ts";
import type { PacketRule, Test } from "../model/packet-rule.ts";
import { escaped } from "../model/printable.ts";
import { testsOfKind } from "../model/rule-facts.ts";
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
  const hook = (rule: PacketRule): HookLine => ({ kind: "hook", table: "nat", chain: "POSTROUTING", rule });
  // What stands in front of the managed jump has its effect still.
  const behind = rules.slice(rules.findIndex((rule) => isOurs(hook(rule))) + 1).filter((rule) => !isOurs(hook(rule)));
  return behind.flatMap((rule) => {
    const met = rule.opaque ? undefined : translated.find((one) => meets(rule, one) && isOther(rule, one, addresses));
    return met
      ? [
          `"-t nat -A POSTROUTING ${escaped(ruleText(rule))}" loses its effect: what leaves ${met.network} by ${met.device} is translated by this stack before it comes there. masquerade: false, for the site or for that network of lan, leaves it to the rules of others`,
        ]
      : [];
  });
}

function meets(rule: PacketRule, { network, device }: Translated): boolean {
  const isLiteral = ({ negated }: Test) => !negated;
  const source = testsOfKind(rule, "source").find(isLiteral)?.network;
  const out = testsOfKind(rule, "outDevice").find(isLiteral)?.device;
  const isOut = out === undefined || (out.isPrefix ? device.startsWith(out.name) : device === out.name);
  const isIn = testsOfKind(rule, "inDevice").some(isLiteral);
  return isOut && !isIn && (source === undefined || overlap(formatMasked(source), network));
}

/** Does it mean another source than the managed rule gives? */
function isOther({ target }: PacketRule, { device, address }: Translated, addresses: Snapshot["addresses"]): boolean {
  if (target?.kind === "accept" || target?.kind === "return" || target?.kind === "netmap") return true;
  if (target?.kind !== "snat") return false;
  const own =
    address === undefined ? addresses.filter((one) => one.device === device).map((one) => one.address) : [address];
  return own[0] !== target.address;
}
