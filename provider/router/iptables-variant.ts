import { type Iptables, parseIptablesSave } from "../kernel/iptables-save.ts";
import type { KeepUnknown } from "../kernel/not-understood.ts";
import type { Capabilities } from "../kernel/snapshot.ts";
import { versionAtLeast } from "../kernel/version.ts";
import type { Section } from "./sections.ts";

export interface IptablesFound {
  readonly capability: Capabilities["iptables"];
  readonly iptables: Iptables;
}

/**
 * Which variant to work with: the one that plain `iptables` is, unless the other alone holds rules. `other` is the
 * other variant's -save output, undefined where it has no tables or no command.
 */
export function chooseVariant(
  command: string,
  versionText: string,
  save: Section,
  other?: Section,
  keep?: KeepUnknown,
): IptablesFound {
  const variant = versionText.includes("nf_tables") ? "nft" : "legacy";
  const version = /\bv(\d+(?:\.\d+)*)/.exec(versionText)?.[1] ?? "";
  const wait = versionAtLeast(version, "1.4.20");
  const own = parseIptablesSave(save.text, keep);
  const readable = other !== undefined && other.exitCode === 0;
  const others = readable ? parseIptablesSave(other.text, keep) : {};
  if (readable && holdsRules(others) && !holdsRules(own)) {
    const chosen = variant === "nft" ? "legacy" : "nft";
    return { capability: { variant: chosen, version, command: `iptables-${chosen}`, wait }, iptables: others };
  }
  // Legacy tables that no command here can read may hold anything; an nft that does not answer is not in the kernel.
  const unread = other !== undefined && !readable && variant === "nft";
  const both = unread || (holdsRules(others) && holdsRules(own));
  return {
    capability: { variant, version, command, wait, ...(both && { bothVariants: true as const }) },
    iptables: own,
  };
}

/** A table that is only there because somebody looked at it holds nothing. */
function holdsRules(iptables: Iptables): boolean {
  return Object.values(iptables).some((table) =>
    [...table.chains.values()].some(({ policy, rules }) => rules.length > 0 || policy !== "ACCEPT"),
  );
}
