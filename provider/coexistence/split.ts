/** Managed lines in a variant of iptables that this run cannot work in: what is the matter, and the way out. */
import { dispatchOf, familyOf } from "../model/chain-name.ts";
import type { Capabilities } from "../model/snapshot.ts";

/** Where no run can work: what is the matter, and the way out. */
export function saySplit(
  { variant, split }: Capabilities["iptables"],
  stateDir: string,
): { what: string; why: string; hint: string } | undefined {
  if (split === undefined) return undefined;
  const [own, other] = [`iptables-${variant}`, `iptables-${variant === "nft" ? "legacy" : "nft"}`];
  if (split.why === "both")
    return {
      what: `both variants of iptables hold managed lines, ${own} and ${other}`,
      why: "packets pass both and are marked and translated twice, and a run works in one of them",
      hint: `Take those of one away, and run again. Those of ${other}: ${clearing(split.chains, other)}`,
    };
  const gone =
    other === "iptables-nft" ? " (nft list ruleset tells)" : " (they end with the modules of ip_tables, or a reboot)";
  return {
    what: `the managed lines are in ${other}, and no command on this router reads those`,
    why: `plain iptables is ${own} now, and shows none of them`,
    hint: `Install ${other} again, and run again. Where its rules no longer exist${gone} remove the line "# iptables: ${other.slice(9)}" from ${stateDir}/manifest`,
  };
}

/** A command that takes them away and leaves everything else. */
function clearing(chains: readonly string[], command: string): string {
  const names = chains.map((chain) => {
    const family = familyOf(chain);
    return family?.startsWith("mw-") ? `${family}-` : (dispatchOf(chain) ?? chain);
  });
  const patterns = [...new Set(names)].map((name) => `-e '[: ]${name.replaceAll(".", "[.]")}'`);
  return `${command}-save -c | grep -v ${patterns.join(" ")} | ${command}-restore -c`;
}
