/** What a change would do to the connections of a router, its foreign rules included. */
import type { Snapshot } from "../model/snapshot.ts";
import { withoutLeftovers } from "../plan/leftovers.ts";
import { type Manifest, parseManifest } from "../plan/manifest.ts";
import { type Machine, machineOf } from "../walk/machine.ts";
import type { Proved } from "./claim.ts";
import { obligationsOfManifest } from "./of-manifest.ts";
import { type Cases, NOW, prove } from "./prove.ts";
import { storyOf } from "./story.ts";

/** A router with the proof of its connections. */
export interface Proof {
  readonly machine: Machine;
  readonly proved: readonly Proved[];
}

/**
 * Claims that hold before a change, or were not made then, and do not hold after it. What was broken before, by a foreign rule
 * for instance, is not held against a change: it may be one of several that mend it. What a failed rollback left is no such rule.
 * @param manifest as it is after the change
 */
export function brokenBy(before: Snapshot, after: Snapshot, manifest: Manifest): Proved[] {
  const known = parseManifest(before.manifest);
  return brokenAmong(proofOf(after, manifest), () => proofOf(withoutLeftovers(before), known), manifest);
}

/** The same of two proofs, which may have more cases than those with the links up. @param before asked for where it is needed */
export function brokenAmong(after: Pick<Proof, "proved">, before: () => Proof, manifest: Manifest): Proved[] {
  const broken = refuted(after.proved);
  if (broken.length === 0) return [];
  const { machine, proved } = before();
  const known = new Set(refuted(proved).map(({ claim }) => claim.about));
  const wentSo = broken.some(isOlder) ? goneBefore(machine, manifest) : new Set<string>();
  return broken.filter((one) => !known.has(one.claim.about) && !(isOlder(one) && wentSo.has(wayOf(one))));
}

/**
 * Is it about connections that are there without the site? What no line of the site is for; what those inside open, which a VPN whose
 * routes in the main table take all of it (0.0.0.0/1 and 128.0.0.0/1) took before the first change as well; and what networks that only
 * the main table knows use of the router, whose replies a hand-typed `from ADDRESS lookup TABLE` has always led elsewhere.
 */
const isOlder = ({ claim }: Proved) => claim.undeclared === true || claim.kind === "inside" || claim.kind === "network";

/** Of such a connection, which it is, and what is wrong with its way where lines of the site are for it. */
const wayOf = ({ claim, answer }: Proved) =>
  JSON.stringify([claim.about, claim.undeclared ? "" : answer.kind === "no" ? answer.why : answer.kind]);

function goneBefore(earlier: Machine, manifest: Manifest): ReadonlySet<string> {
  return new Set(
    refuted(proofOn(earlier, manifest, "links up"))
      .filter(isOlder)
      .map(wayOf),
  );
}

/** Connections that a change would break, or has broken, as parts of an error; undefined where there are none. */
export function brokenText([first, ...more]: readonly Proved[]) {
  if (!first) return undefined;
  const others = more.length > 0 ? `; and ${more.length} more such cases` : "";
  const [why = "", ...story] = storyOf(first);
  return {
    what: "after the change a connection would not get its reply by the link it came in on",
    why: `${why}${others}`,
    output: story.join("\n"),
  };
}

/** What a manifest says that a router is there for, on that router. */
export function proofOf(snapshot: Snapshot, manifest: Manifest, cases: Cases = "links up"): Proof {
  const machine = machineOf(snapshot);
  return { machine, proved: proofOn(machine, manifest, cases) };
}

const proofOn = (machine: Machine, manifest: Manifest, cases: Cases) =>
  prove(machine, obligationsOfManifest(manifest, machine), cases);

/** What would be lost if a link went down is worth a word, and not a way back. The router as it is now is one of those with a default somewhere. */
function refuted(proved: readonly Proved[]): Proved[] {
  return proved
    .filter(isBroken)
    .filter(({ claim, answer }) => claim.when !== NOW && !(answer.kind === "no" && answer.setting));
}

/** A link that is up and loses connections. */
export function isBroken({ claim, answer }: Proved): boolean {
  return answer.kind === "no" && claim.down === undefined;
}
