import { lineKey } from "../dialects/line-key.ts";
import type { TableNameLine } from "../model/line.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { madeAfter, tidySteps } from "./base-chains.ts";
import { bootChange } from "./boot.ts";
import { conntrackSteps } from "./conntrack-steps.ts";
import { fileSteps } from "./file-steps.ts";
import { lostOn, sayLost, sayStaying, stayingNames } from "./given-back.ts";
import { type Head, headOf } from "./identity.ts";
import { iptablesSteps } from "./iptables-steps.ts";
import { clearing, lastOnes } from "./leftovers.ts";
import { liveOf } from "./live.ts";
import { formatManifest, type Manifest, managedLines, memoryOf } from "./manifest.ts";
import { dropStep, isNetworked, putStep } from "./network-steps.ts";
import { orphans } from "./orphans.ts";
import { kindOfOwner, persists } from "./owner-kind.ts";
import { settle } from "./settle.ts";
import type { Claims, Owned, Request } from "./settlement.ts";
import type { OfKind, Step } from "./step.ts";
import { foreignNames } from "./stray-chains.ts";
import { tableChanges } from "./table-change.ts";
import { tableNameSteps } from "./table-names.ts";
import { variantOf } from "./variant.ts";
import { isWaiting } from "./waiting.ts";

/** What a transaction does, decided before anything is sent. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly manifest: Manifest;
  /** Which router it is about. */
  readonly head?: Head;
  /** Lines that must be on the router afterwards, with the resource that wants them. */
  readonly wanted: readonly Owned[];
  /** Lines that must not. */
  readonly unwanted: readonly Owned[];
  /** What does not come back or go, and why, in sentences. */
  readonly notes?: readonly string[];
  /** Text of the new boot file; "" when there is to be none any more, undefined when it stays as it is. */
  readonly boot: string | undefined;
  /** What failed rollbacks left is cleared by it. */
  readonly clears: boolean;
  /** Nothing to do at all, not even in the manifest or on the disk. */
  readonly empty: boolean;
}

/** What a change puts and drops, before it is a plan of steps: all that a preview has to know about packets. */
export function changeOf(snapshot: Snapshot, manifest: Manifest, asked: readonly Request[], claims: Claims) {
  const live = liveOf(snapshot);
  const clear = clearing(snapshot, asked, claims);
  const requests = [...asked, ...clear.requests, ...orphans(manifest, live, [...asked, ...clear.requests], claims)];
  const memory = [...memoryOf(manifest), ...requests.flatMap(({ recorded }) => recorded?.found ?? [])];
  const settled = settle(manifest, live, requests, claims, lostOn(snapshot, memory));
  const { manifest: next } = settled;
  const waits = ({ line }: Owned) => isWaiting(line, live, snapshot);
  const put = settled.put.filter((owned) => !waits(owned));
  const staying = stayingNames(settled.drop, snapshot);
  const going = settled.drop.filter((owned) => !staying.includes(owned));
  const drop = [...going, ...lastOnes(snapshot, manifest, next, claims, going)];
  return { live, clear, requests, settled, next, waits, put, drop, staying, tables: tableChanges(snapshot, put, drop) };
}

export function planOf(snapshot: Snapshot, manifest: Manifest, asked: readonly Request[], claims: Claims): Plan {
  const { live, clear, requests, settled, next, waits, put, drop, staying, tables } = changeOf(
    snapshot,
    manifest,
    asked,
    claims,
  );
  const steps = [
    ...tableNameSteps(snapshot.tableNames, put, drop, namesIn(manifest, next)),
    ...put.filter(isNetworkedOwned).map((owned) => putStep(owned, live)),
    ...drop.filter(isNetworkedOwned).map(dropStep),
    ...iptablesSteps(tables, snapshot.capabilities),
    ...tidySteps(tables, snapshot),
    ...fileSteps(put, drop, live),
    ...conntrackSteps(snapshot, manifest, next),
  ].sort((a, b) => a.phase - b.phase);
  const wanted = [
    ...requests.flatMap(({ owner, desired = [] }) => desired.map((line): Owned => ({ owner, line }))),
    ...put,
  ].filter((owned) => !waits(owned));
  const keep = new Set(wanted.map((o) => lineKey(o.line)));
  // A router that has lost its manifest does not know that it persists: its boot file goes only when that resource goes.
  const persisted =
    persists(manifest) || requests.some((r) => r.recorded !== undefined && kindOfOwner(r.owner)?.persists);
  const text = bootChange(next, snapshot);
  const boot = text === "" && !persisted ? undefined : text;
  return {
    steps,
    manifest: next,
    head: {
      ...headOf(snapshot),
      ...madeAfter(tables, snapshot),
      ...foreignNames(snapshot, next, requests, claims),
      ...variantOf(next, snapshot.capabilities),
    },
    wanted,
    unwanted: drop.filter((o) => !keep.has(lineKey(o.line))),
    notes: [
      ...settled.lost.flatMap((one) => sayLost(one, snapshot.tableNames.names)),
      ...staying.map(({ line }) => sayStaying(line, snapshot)),
    ],
    boot,
    clears: (snapshot.left ?? []).length > 0 && !clear.pending,
    empty: steps.length === 0 && boot === undefined && formatManifest(manifest) === formatManifest(next),
  };
}

/** What the re-read after a change shows to be wrong, in words; empty when the router is as planned. */
export function verify(
  plan: Plan,
  after: Snapshot,
): readonly (Owned & { readonly fault: "missing" | "still there" })[] {
  const live = liveOf(after);
  return [
    ...plan.wanted.filter((o) => !live.has(o.line)).map((o) => ({ ...o, fault: "missing" as const })),
    ...plan.unwanted.filter((o) => live.has(o.line)).map((o) => ({ ...o, fault: "still there" as const })),
  ];
}

function isNetworkedOwned(owned: Owned): owned is Owned & { line: OfKind<"address" | "sysctl" | "route" | "rule"> } {
  return isNetworked(owned.line);
}

function namesIn(...manifests: readonly Manifest[]): TableNameLine[] {
  const lines = manifests.flatMap(managedLines);
  return lines.filter((line) => line.kind === "table-name");
}
