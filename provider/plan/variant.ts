/** In which variant of iptables the managed lines are: they stay there, whatever plain `iptables` becomes. Pure. */
import type { Iptables } from "../dialects/iptables/iptables-save.ts";
import { dispatchOf, familyOf, isChainName } from "../kinds/chain-name.ts";
import type { Fragment } from "../model/line.ts";
import type { Capabilities, Snapshot } from "../model/snapshot.ts";
import { type Manifest, parseHead } from "./manifest.ts";

export type Variant = Capabilities["iptables"]["variant"];
export type Split = NonNullable<Capabilities["iptables"]["split"]>;

export interface Managed {
  /** As the manifest says; older ones do not. */
  readonly variant: string | undefined;
  /** The managed chains of these tables. */
  in(tables: Iptables): string[];
  /** Does the manifest name them? Else they are known by what resources call theirs. */
  readonly listed: boolean;
}

/** By the manifest's text, and those that changes were to bring which could not be rolled back: a reading is judged before they are read. */
export function managedIn({ manifest, left = [] }: Pick<Snapshot, "manifest" | "left">): Managed {
  const listed = new Set(
    [manifest ?? "", ...left].flatMap((text) =>
      [...text.matchAll(/^line -t (\S+) -N (\S+)$/gm)].map(([, table, chain]) => `${table} ${chain}`),
    ),
  );
  const isManaged = (table: string, chain: string) =>
    manifest === undefined && listed.size === 0 ? isChainName(chain) : listed.has(`${table} ${chain}`);
  return {
    variant: parseHead(manifest).iptables,
    listed: listed.size > 0,
    in: (tables) =>
      Object.entries(tables).flatMap(([table, { chains }]) =>
        [...chains].flatMap(([chain, { policy }]) => (policy === "-" && isManaged(table, chain) ? [chain] : [])),
      ),
  };
}

/** For the manifest's head. */
export function variantOf(manifest: Manifest, { iptables }: Capabilities): { iptables?: Variant } {
  const isOfIptables = (lines: Fragment) => lines.some(({ kind }) => kind === "chain" || kind === "hook");
  return [...manifest.values()].some(({ lines }) => isOfIptables(lines)) ? { iptables: iptables.variant } : {};
}

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
