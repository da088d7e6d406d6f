/** The proof on a live router, as a report. Pure. */
import type { Snapshot } from "../../model/snapshot.ts";
import type { Manifest } from "../../plan/manifest.ts";
import type { Proved } from "../../proof/claim.ts";
import { machineOf, prove, storyOf } from "../../proof/index.ts";
import { managedChains, obligationsOfManifest } from "../../proof/of-manifest.ts";
import { obligationsOf } from "../../site/obligations.ts";
import type { Site } from "../../site/schema.ts";

export interface Claimed {
  readonly connection: string;
  /** `default by wan_two, wan_one is down` */
  readonly when: string;
  readonly answer: Proved["answer"]["kind"];
  readonly why: string | null;
  /** Rules whose matches are not modelled, and that would stop it: the answer holds unless they do. */
  readonly assuming: readonly string[];
  /** Packets and decisions up to what shows it; only where it does not hold. */
  readonly story: readonly string[];
}

export interface Report {
  readonly claims: readonly Claimed[];
  readonly counts: Readonly<Record<Claimed["answer"], number>>;
  /** Claims that do not hold, with all links up. */
  readonly broken: readonly Claimed[];
  /** Claims that do not hold while one link is down. */
  readonly weak: readonly Claimed[];
  readonly unsure: readonly Claimed[];
}

/** By the site where there is one, else by what the router's own list says is there. */
export function reportOf(snapshot: Snapshot, manifest: Manifest, site: Site | undefined): Report {
  const machine = machineOf(snapshot);
  const declared = site ? obligationsOf(site) : obligationsOfManifest(manifest, machine);
  const proved = prove(machine, { ...declared, networks: "out", managedChains: managedChains(manifest) });
  const claims = proved.map(claimed);
  const of = (answer: Claimed["answer"], down: boolean) =>
    claims.filter((claim, i) => claim.answer === answer && (proved[i]!.claim.down !== undefined) === down);
  const count = (answer: Claimed["answer"]) => claims.filter((claim) => claim.answer === answer).length;
  return {
    claims,
    counts: { yes: count("yes"), no: count("no"), shut: count("shut"), "cannot tell": count("cannot tell") },
    broken: of("no", false),
    weak: of("no", true),
    unsure: claims.filter(({ answer }) => answer === "cannot tell"),
  };
}

function claimed(proved: Proved): Claimed {
  const { claim, answer } = proved;
  return {
    ...{ connection: claim.name, when: claim.when, answer: answer.kind },
    why: "why" in answer ? answer.why : null,
    assuming: answer.kind === "yes" ? (answer.assuming ?? []) : [],
    story: answer.kind === "no" ? storyOf(proved).slice(1) : [],
  };
}
