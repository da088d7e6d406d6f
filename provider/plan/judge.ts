/** What a preview says of one resource on a router: its lines, and whether this router can have them. Pure. */
import type { z } from "zod";
import { forwardingWarnings, markWarnings, nativeWarnings, routerWarnings } from "../coexistence/warnings.ts";
import { namesGiven } from "../dialects/iproute2/table-name.ts";
import { lineKey } from "../dialects/line-key.ts";
import { type Facts, noFacts } from "../kinds/facts.ts";
import type { Issue, Kind, Operator, View } from "../kinds/kind.ts";
import type { Fragment, Line, TableNames } from "../model/line.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { adoptOf, notThere } from "./adopt.ts";
import { passedOn } from "./between-links.ts";
import { devicesOf, networksOf } from "./carried-marks.ts";
import { collisions } from "./collide.ts";
import { fronts } from "./collide-front.ts";
import { leavingLost, lostOn } from "./given-back.ts";
import { heldWarnings } from "./held-chains.ts";
import type { Live } from "./live.ts";
import { foundOf, type Manifest, managedLines, memoryOf, ownersOf } from "./manifest.ts";
import { otherStacks } from "./other-stacks.ts";
import { argument } from "./owner-kind.ts";
import { leavingAddress } from "./session-address.ts";
import { takeOver } from "./take-over.ts";
import { untakable } from "./taken.ts";
import { adoptedAlong, leavingRoutes } from "./taken-along.ts";
import { namesDevice, sayWaiting } from "./waiting.ts";

export interface Judging {
  readonly kind: Kind;
  readonly owner: string;
  readonly former?: string;
  /** `project/stack` whose lines it may take. */
  readonly takeOverFrom?: string;
  /** Former owners in this program: their lines are on their way to this stack. */
  readonly renamed?: ReadonlySet<string>;
  readonly args: z.output<Kind["schema"]>;
  /** Lines typed by hand that go when it comes, as they are written in the stack. */
  readonly adopt: readonly string[];
  /** Lines of the last run as its state has them, if that was on this router. Default none. */
  readonly recorded?: Fragment;
  /** It has been applied before: then what it adopted is gone from the router, as it should be. */
  readonly applied: boolean;
}

export interface Judged {
  /** With what the resource takes over from a former owner. */
  readonly manifest: Manifest;
  readonly facts: Facts;
  readonly desired: Fragment;
  readonly names: TableNames;
  readonly adopt: Fragment;
  /** Why it cannot be. */
  readonly issues: readonly Issue[];
  /** What a person has to know before. */
  readonly warnings: readonly string[];
}

/**
 * @param claims lines of the resources judged before, and of this one from now on
 * @param leaving keys of what they and this one adopt
 */
export function judge(
  { kind, args, adopt: texts, applied, recorded = [], renamed = NONE, ...heir }: Judging,
  {
    snapshot,
    manifest: known,
    operator,
  }: { readonly snapshot: Snapshot; readonly manifest: Manifest; readonly operator?: Operator },
  live: Live,
  claims: Map<string, Fragment>,
  leaving: Set<string> = new Set(),
): Judged {
  const { owner } = heir;
  const isOurs = (line: Line) => ownersOf(known, line).length > 0;
  const names = new Map([...snapshot.tableNames.names, ...(kind.tableNames?.(args) ?? [])]);
  const adopt = adoptOf(texts, names, snapshot.addresses);
  for (const line of adopt.lines) leaving.add(lineKey(line));
  // What was there before stays when it is no longer wanted: the router's own, now and in the next run.
  const willGo = (line: Line) => (isOurs(line) ? foundOf(known, line).length === 0 : leaving.has(lineKey(line)));
  const facts = kind.facts?.(args, snapshot, willGo) ?? noFacts;
  const desired = kind.desired(args, facts);
  claims.set(owner, desired);
  const manifest = takeOver(known, [{ ...heir, desired }], (other) => claims.has(other));
  const keys = new Set(desired.map(lineKey));
  const last = [...recorded, ...(manifest.get(owner)?.lines ?? [])];
  const lastKeys = new Set(recorded.map(lineKey));
  const view: View = {
    snapshot,
    isOurs,
    isMine: (line) => ownersOf(manifest, line).includes(owner),
    isAdopted: (line) => (manifest.get(owner)?.found ?? []).some((found) => lineKey(found) === lineKey(line)),
    isDesired: (line) => keys.has(lineKey(line)),
    isListed: (line) => leaving.has(lineKey(line)),
    wasOn: (device) => namesDevice(last, device),
    lastNames: namesGiven(last),
    namedTables: new Set(namesGiven(managedLines(known)).keys()),
    claims,
    // The session came in past lines that stand already.
    operator: desired.every((line) => live.has(line)) ? undefined : operator,
  };
  const declared = [...claims.values()].flat();
  const devices = devicesOf(declared);
  const declaredKeys = new Set(declared.map(lineKey));
  // Where the manifest is gone, or the line is about to be adopted, it is known by what it says.
  const isDeclared = (line: Line) => declaredKeys.has(lineKey(line));
  const isForeign = (line: Line) => !isOurs(line) && !leaving.has(lineKey(line));
  const missing = notThere(applied ? [] : adopt.lines, desired, live, manifest);
  const front = fronts(desired, declared, {
    ...{ snapshot, names, priority: argument(owner, "priority") },
    stood: (line) => live.has(line) || ownersOf(manifest, line).length > 0 || lastKeys.has(lineKey(line)),
    isForeign: (line) => ownersOf(manifest, line).length === 0 && !leaving.has(lineKey(line)),
  });
  return {
    ...{ manifest, facts, desired, names, adopt: adopt.lines },
    issues: [
      ...(kind.refuse?.(args, view) ?? []),
      ...collisions(owner, desired, { snapshot, manifest }, claims, names, adopt.lines),
      ...front.collisions,
      ...passedOn(owner, manifest, live, claims),
      ...otherStacks(heir, [...desired, ...adopt.lines], manifest, renamed, names),
      ...adopt.issues,
      ...missing.issues,
      ...untakable(
        { desired, adopt: adopt.lines, territory: kind.territory?.(args) },
        live,
        snapshot,
        (line) => !isOurs(line),
      ),
      ...adoptedAlong(adopt.lines, declared, snapshot, isForeign, names),
    ],
    warnings: [
      ...missing.warnings,
      ...routerWarnings(snapshot),
      ...nativeWarnings(snapshot, { devices, networks: networksOf(declared) }),
      ...forwardingWarnings(snapshot, devices),
      ...leavingAddress(manifest.get(owner)?.lines ?? [], desired, operator?.server),
      ...leavingRoutes(
        (manifest.get(owner)?.lines ?? []).filter(willGo),
        desired,
        snapshot,
        (line) => !isOurs(line),
        names,
      ),
      ...leavingLost(manifest.get(owner), desired, owner, lostOn(snapshot, memoryOf(manifest)), names),
      ...(kind.warn?.(args, snapshot, isOurs) ?? []),
      ...sayWaiting(desired, live, snapshot, names),
      ...heldWarnings(desired, snapshot, isForeign),
      ...markWarnings(desired, snapshot, (line) => isForeign(line) && !isDeclared(line)),
      ...front.warnings,
    ],
  };
}

const NONE: ReadonlySet<string> = new Set();
