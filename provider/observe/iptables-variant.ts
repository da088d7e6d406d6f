import { type Iptables, parseIptablesSave } from "../dialects/iptables/iptables-save.ts";
import type { KeepUnknown } from "../model/not-understood.ts";
import type { Capabilities } from "../model/snapshot.ts";
import { versionAtLeast } from "../model/version.ts";
import type { Managed, Split, Variant } from "../plan/variant.ts";
import type { Section } from "./sections.ts";

export interface IptablesFound {
  readonly capability: Capabilities["iptables"];
  readonly iptables: Iptables;
}

export interface Said {
  /** Command name that plain iptables has here. */
  readonly command: string;
  readonly version: string;
  readonly save: Section;
  /** The other variant's -save output, undefined where it has no tables or no command. */
  readonly other: Section | undefined;
}

/**
 * Which variant to work with: the one that the managed lines are in, else the one that plain `iptables` is, unless the other
 * alone holds rules.
 * @param stay the one of the reading before, in the middle of a change
 */
export function chooseVariant(said: Said, managed: Managed, stay?: Variant, keep?: KeepUnknown): IptablesFound {
  const plain = said.version.includes("nf_tables") ? "nft" : "legacy";
  const version = /\bv(\d+(?:\.\d+)*)/.exec(said.version)?.[1] ?? "";
  const wait = versionAtLeast(version, "1.4.20");
  const other = plain === "nft" ? "legacy" : "nft";
  const readable = said.other?.exitCode === 0;
  const found = { [plain]: parseIptablesSave(said.save.text, keep), [other]: {} } as Record<Variant, Iptables>;
  if (readable) found[other] = parseIptablesSave(said.other!.text, keep);
  // Legacy tables that no command here can read may hold anything; an nft that does not answer is not in the kernel.
  const unread = said.other !== undefined && !readable && plain === "nft";
  const { variant, split } = stay
    ? { variant: stay }
    : decide(
        { plain, other, readable, unread: unread || (said.other === undefined && plain === "legacy") },
        found,
        managed,
      );
  const both = unread || (holdsRules(found.legacy) && holdsRules(found.nft));
  return {
    capability: {
      ...{ variant, version, wait, command: variant === plain ? said.command : `iptables-${variant}` },
      ...(both && { bothVariants: true as const }),
      ...(split && { split }),
    },
    iptables: found[variant],
  };
}

interface Choice {
  readonly plain: Variant;
  readonly other: Variant;
  readonly readable: boolean;
  /** The other may hold rules that no command here shows. */
  readonly unread: boolean;
}

function decide(
  { plain, other, readable, unread }: Choice,
  found: Readonly<Record<Variant, Iptables>>,
  managed: Managed,
): { variant: Variant; split?: Split } {
  const [here, there] = [managed.in(found[plain]), managed.in(found[other])];
  if (isSplit(here, there, managed.listed)) {
    const variant = managed.variant === other ? other : plain;
    return { variant, split: { why: "both", chains: variant === plain ? there : here } };
  }
  if (here.length > 0) return { variant: plain };
  if (there.length > 0) return { variant: other };
  if (managed.variant === other && unread) return { variant: plain, split: { why: "unread", chains: [] } };
  const otherHolds = readable && holdsRules(found[other]);
  // Somebody has emptied it; what comes back belongs beside what is left there.
  if (managed.variant === other && otherHolds) return { variant: other };
  if (managed.variant === plain) return { variant: plain };
  return { variant: otherHolds && !holdsRules(found[plain]) ? other : plain };
}

/** Do both variants hold managed chains? Without a list of them, one of the same name in both tells so. */
function isSplit(here: readonly string[], there: readonly string[], listed: boolean): boolean {
  return here.length > 0 && there.length > 0 && (listed || here.some((chain) => there.includes(chain)));
}

/** A table that is only there because somebody looked at it holds nothing. */
function holdsRules(iptables: Iptables): boolean {
  return Object.values(iptables).some((table) =>
    [...table.chains.values()].some(({ policy, rules }) => rules.length > 0 || policy !== "ACCEPT"),
  );
}
