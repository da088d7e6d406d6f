/** In which variant of iptables the managed lines are: they stay there, whatever plain `iptables` becomes. Pure. */
import type { Iptables } from "../dialects/iptables/iptables-save.ts";
import { isChainName } from "../model/chain-name.ts";
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
