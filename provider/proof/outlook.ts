/** What a preview says of the connections of a router: those that are lost, by which line, and what the change does about them. Pure. */
import type { Line } from "../model/line.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { withoutLeftovers } from "../plan/leftovers.ts";
import { type Manifest, managedLines, parseManifest } from "../plan/manifest.ts";
import { changeOf } from "../plan/plan.ts";
import { predicted } from "../plan/predicted.ts";
import type { Claims, Request } from "../plan/settlement.ts";
import { type Cause, causeOf } from "./cause.ts";
import { brokenAmong, type Proof, proofOf } from "./change.ts";
import type { Proved } from "./claim.ts";
import { NOW } from "./prove.ts";

/** Connections that one line is to blame for. */
export interface Lost extends Cause {
  /** By name, each once. */
  readonly connections: readonly string[];
  /** A rule stops them: somebody may well have meant it. */
  readonly shut: boolean;
  /** On the router as it is, not only after the change. */
  readonly already: boolean;
  /** Only when the main table's default moves. */
  readonly moved: boolean;
}

/** How many claims have which answer, with the links up. */
export type Counts = Readonly<Record<Proved["answer"]["kind"], number>>;

export interface Outlook {
  /** Now, and after the change; undefined where nothing changes. */
  readonly counts: { readonly before: Counts; readonly after: Counts } | undefined;
  /** Lost, and not by the change. */
  readonly lost: readonly Lost[];
  /** Lost now, and no longer after the change. */
  readonly mended: readonly Lost[];
  /** What the change would break. */
  readonly broken: readonly Proved[];
  /** Why nothing can be told of any connection; empty where anything can. */
  readonly untold: readonly string[];
}

/**
 * @param after as the change will leave the router; the same object where it changes nothing
 * @param manifest after the change
 */
export function outlookOf(before: Snapshot, after: Snapshot, manifest: Manifest): Outlook {
  const next = managedProof(after, manifest);
  const now = after === before ? next : managedProof(withoutLeftovers(before), parseManifest(before.manifest));
  const broken = after === before ? [] : brokenAmong(next, () => now, manifest);
  // Of what is refused nothing more is said.
  const breaks = new Set(broken.map(({ claim }) => claim.name));
  const wasLost = new Map(now.proved.filter(isLost).map((one) => [identity(one), one]));
  const holds = new Set(next.proved.filter(({ answer }) => answer.kind === "yes").map(identity));
  const staying = next.proved.filter((one) => isLost(one) && !breaks.has(one.claim.name));
  return {
    counts: after === before ? undefined : { before: counted(now.proved), after: counted(next.proved) },
    lost: byCause(staying, next, (one) => wasLost.has(identity(one))),
    mended: byCause(
      [...wasLost.values()].filter((one) => holds.has(identity(one))),
      now,
      () => true,
    ),
    broken,
    untold: untold(next.proved),
  };
}

/** The same of what resources ask for, all of them together. */
export function outlookWith(
  { snapshot, manifest }: { readonly snapshot: Snapshot; readonly manifest: Manifest },
  requests: readonly Request[],
  claims: Claims,
): Outlook {
  const change = changeOf(snapshot, manifest, requests, claims);
  const changes = change.put.length + change.drop.length > 0;
  return outlookOf(snapshot, changes ? predicted(snapshot, change) : snapshot, change.next);
}

function counted(proved: readonly Proved[]): Counts {
  const of = (kind: Proved["answer"]["kind"]) => proved.filter(({ answer }) => answer.kind === kind).length;
  return { yes: of("yes"), no: of("no"), shut: of("shut"), "cannot tell": of("cannot tell") };
}

interface ManagedProof extends Proof {
  readonly managed: readonly Line[];
}

const managedProof = (snapshot: Snapshot, manifest: Manifest): ManagedProof => ({
  ...proofOf(snapshot, manifest, "links up, now"),
  managed: managedLines(manifest),
});

/** What claims of two proofs are the same. */
const identity = ({ claim }: Proved) => claim.about;

/**
 * A service that is published and shut is worth a word; that the router's own are shut, or that some clients are, is what firewalls are
 * for.
 */
function isLost({ claim, answer }: Proved): boolean {
  // What no line of the site is for may have been lost before the site came: a change that breaks it is refused all the same.
  if (claim.undeclared) return false;
  // Of forwarding that is off there is a warning of its own.
  if (answer.kind === "no") return !answer.setting;
  return answer.kind === "shut" && claim.kind === "door" && !claim.aside;
}

function byCause(
  proved: readonly Proved[],
  { machine, managed }: ManagedProof,
  isAlready: (one: Proved) => boolean,
): Lost[] {
  // A connection is lost in several cases by the same line: its packets are walked once, on the router as it is if they can be.
  const cases = [...Map.groupBy(proved, ({ claim }) => claim.name).values()].map((same) => {
    const now = same.find(({ claim }) => claim.when === NOW);
    return { one: now ?? same[0]!, moved: now === undefined };
  });
  const alike = Map.groupBy(cases, ({ one: { claim, answer }, moved }) =>
    JSON.stringify([claim.kind, claim.link, moved, "why" in answer && answer.why]),
  );
  const all = [...alike.values()].flatMap((list) => {
    const walked = list.slice(0, MOST_WALKED).map(({ one }) => causeOf(one, machine, managed));
    return list.map(({ one, moved }, i) => ({
      ...{ cause: walked[i] ?? walked[0]!, name: one.claim.name, moved },
      ...{ shut: one.answer.kind === "shut", already: isAlready(one) },
    }));
  });
  const key = ({ cause, ...rest }: (typeof all)[number]) =>
    JSON.stringify([cause.line || cause.why, cause.elsewhere, rest.shut, rest.already, rest.moved]);
  const lost = [...Map.groupBy(all, key).values()].map((same): Lost => {
    const { cause, shut, already, moved } = same[0]!;
    return { ...cause, shut, already, moved, connections: same.map(({ name }) => name) };
  });
  return lost.toSorted((a, b) => Number(a.moved) - Number(b.moved));
}

/** A dead link of a large site loses thousands of connections of one kind in one way: by the line that the first of them met. */
const MOST_WALKED = 32;

function untold(proved: readonly Proved[]): string[] {
  const whys = proved.map(({ answer }) => (answer.kind === "cannot tell" ? answer.why : undefined));
  if (whys.length === 0 || whys.includes(undefined)) return [];
  // Which of its packets it was makes no other reason.
  return [...new Set(whys.map((why) => why!.replace(/^the (?:request|answer)(?: again)?: /, "")))];
}
