import { randomBytes } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { formatLine } from "../dialects/fragment.ts";
import { inTurn } from "../dialects/script.ts";
import { beginScript } from "../guard/begin.ts";
import { awaitScript, confirmScript, revertScript } from "../guard/end.ts";
import { type Outcome, parseOutcome } from "../guard/outcome.ts";
import type { Run } from "../guard/shell.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { snapshotScript } from "../observe/snapshot.ts";
import { type Plan, verify } from "../plan/plan.ts";
import { brokenBy, brokenText } from "../proof/change.ts";
import { RouterError } from "../ssh/errors.ts";
import type { Session } from "../ssh/session.ts";
import type { RouterSettings } from "../ssh/settings.ts";
import { afterRollback, failure, notPersistent, TransactionFailed, unfinished, WHOLE } from "./failure.ts";
import { afterwards, type Judged, leftAfter } from "./left.ts";
import { newProof, type Proof } from "./proof.ts";

export interface Guard {
  readonly run: Run;
  /** Seconds until the router reverts by itself. */
  readonly seconds: number;
  /** Seconds since the router's boot, at most. */
  readonly uptime: number;
}

/** @param age milliseconds since the reading of `before` was asked for */
export function newGuard(before: Snapshot, seconds: number, age = 0): Guard {
  const run = { nonce: randomBytes(8).toString("hex"), stateDir: before.capabilities.stateDir };
  return { run, seconds, uptime: before.uptime + Math.ceil(age / 1000) };
}

/**
 * Applies a plan and returns the router as it is afterwards. Two exchanges: lock, compare, arm, test, apply, re-read;
 * then, once the re-read is as planned and a new connection gets in, confirm. Otherwise the second one takes everything
 * back, and if it cannot be sent the router does so by itself.
 * @returns undefined when the router changed since `before` was read: plan again
 * @throws {TransactionFailed} nothing is left of it on the router
 * @throws {RouterError} contact was lost: `whatHappened` tells the outcome
 */
export async function transact(
  session: Session,
  settings: RouterSettings,
  before: Snapshot,
  plan: Plan,
  { run, seconds, uptime }: Guard,
  proof: Proof = newProof(settings),
): Promise<Snapshot | undefined> {
  const { router } = session;
  const iptables = before.capabilities.iptables.command;
  // A slow router may need longer for a change than for anything else; past its own deadline it has taken it back.
  const patience = Math.max(settings.exchangeTimeout, seconds);
  const begin = beginScript({
    ...{ ...run, plan, seen: before.manifest, iptables, seconds, who: operator() },
    notAfter: uptime + patience,
  });
  const { stdout } = await session.exchange(inTurn(begin, snapshotScript(run.nonce)), {
    what: "applying the change",
    timeoutMs: patience * 1000,
  });
  const outcome = parseOutcome(stdout, run.nonce);
  if (outcome === undefined) throw unfinished(router, "applying the change");
  if (outcome.kind === "stale" || outcome.kind === "expired") return undefined;
  const judged: Judged = { plan, before, run, seconds };
  if (outcome.kind !== "applied") throw await notApplied(session, judged, outcome, stdout);
  const seen = afterwards(stdout, run.nonce, before);
  if ("why" in seen) throw await takenBack(session, judged, unreadable(seen.why));
  const fault = faultOf(plan, before, seen.after) ?? (await proof.after(session));
  if (fault) throw await takenBack(session, judged, fault);
  await confirm(session, judged);
  const { after } = seen;
  return plan.boot === undefined ? after : { ...after, boot: { ...after.boot, text: plan.boot || undefined } };
}

async function notApplied(
  session: Session,
  judged: Judged,
  outcome: Outcome,
  stdout: string,
): Promise<TransactionFailed> {
  const { plan, seconds } = judged;
  if (outcome.kind === "late") return endedByItself(session, judged);
  // The reading behind it is of the router as the rollback left it.
  const left = outcome.kind === "failed" ? await leftAfter(session, stdout, judged, outcome.step) : undefined;
  return failure(session.router, plan, outcome, seconds, left);
}

/** Why a change that was made is taken back. */
interface Fault {
  readonly what: string;
  readonly why: string;
  readonly output?: string;
  /** Owners to blame. Default: none. */
  readonly culprits?: readonly string[];
}

const unreadable = (why: string): Fault => ({
  what: "the change was made, but the router cannot be read any more",
  why,
});

/** What is wrong with the router after the change. The proof needs no exchange more, and no packet. */
function faultOf(plan: Plan, before: Snapshot, after: Snapshot): Fault | undefined {
  const faults = verify(plan, after);
  if (faults.length === 0) return plan.steps.length === 0 ? undefined : connectionsLost(before, after, plan);
  const lines = faults.map((f) => `${f.fault}: ${formatLine(f.line, after.tableNames.names).join("; ")}`);
  return {
    what: "the change was made, but the router does not show it",
    why: `${lines.slice(0, 5).join("; ")}${lines.length > 5 ? ` and ${lines.length - 5} more` : ""}`,
    culprits: [...new Set(faults.map((f) => f.owner))],
  };
}

async function confirm(session: Session, judged: Judged): Promise<void> {
  const { plan, run } = judged;
  const what = "confirming the change";
  const { stdout } = await session.exchange(confirmScript(run, plan.boot, plan.clears), { what });
  const ending = parseOutcome(stdout, run.nonce);
  if (ending?.kind === "unpersisted") throw notPersistent(session.router, ending.output);
  if (ending === undefined) throw unfinished(session.router, what);
  if (ending.kind !== "confirmed") throw await endedByItself(session, judged);
}

function connectionsLost(before: Snapshot, after: Snapshot, plan: Plan): Fault | undefined {
  const broken = brokenText(brokenBy(before, after, plan.manifest));
  return broken && { ...broken, culprits: plan.steps.flatMap(({ owners }) => owners).slice(-1) };
}

/** Who we are, for a second operator to read: `anna@laptop`. */
export function operator(): string {
  return `${userInfo().username}@${hostname()}`;
}

async function takenBack(
  session: Session,
  judged: Judged,
  { culprits = [], ...fault }: Fault,
): Promise<TransactionFailed> {
  const { run } = judged;
  const { stdout } = await session.exchange(inTurn(revertScript(run), snapshotScript(run.nonce)), {
    what: "taking the change back",
    timeoutMs: waitMs(judged),
  });
  const outcome = parseOutcome(stdout, run.nonce);
  // The watchers were faster: how it ended is theirs to say.
  const ended =
    outcome?.kind === "late"
      ? await howItEnded(session, judged)
      : { outcome, left: await leftAfter(session, stdout, judged) };
  const hint = afterRollback(ended.outcome?.kind === "undone", ended.left);
  return new TransactionFailed(
    culprits,
    new RouterError(hint === WHOLE ? "apply-failed" : "incomplete", { router: session.router, ...fault, hint }),
  );
}

/** Waits until a change that somebody else decides has ended, and looks what it left. @throws {RouterError} */
export async function howItEnded(
  session: Session,
  judged: Judged,
): Promise<{ readonly outcome: Outcome | undefined; readonly left: readonly string[] | undefined }> {
  const { run } = judged;
  const { stdout } = await session.exchange(inTurn(awaitScript(run), snapshotScript(run.nonce)), {
    what: "asking how the change ended",
    timeoutMs: waitMs(judged),
  });
  const outcome = parseOutcome(stdout, run.nonce);
  const stands = outcome?.kind === "confirmed" || outcome?.kind === "unpersisted";
  return { outcome, left: stands ? undefined : await leftAfter(session, stdout, judged) };
}

/** The watchers had taken it back, or begun to, before it was confirmed. */
async function endedByItself(session: Session, judged: Judged): Promise<TransactionFailed> {
  const { outcome, left } = await howItEnded(session, judged);
  return failure(
    session.router,
    judged.plan,
    outcome?.kind === "stuck" ? outcome : { kind: "late" },
    judged.seconds,
    left,
  );
}

const waitMs = ({ seconds }: Judged) => (seconds + 30) * 1000;
