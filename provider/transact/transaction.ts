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
  if (outcome.kind === "failed") {
    // The reading behind it is of the router as the rollback left it.
    throw failure(router, plan, outcome, seconds, await leftAfter(session, stdout, judged, outcome.step));
  }
  if (outcome.kind === "late") throw await endedByItself(session, judged);
  if (outcome.kind !== "applied") throw failure(router, plan, outcome, seconds);

  const seen = afterwards(stdout, run.nonce, before);
  if ("why" in seen)
    throw await takenBack(session, judged, [], {
      what: "the change was made, but the router cannot be read any more",
      why: seen.why,
    });
  const { after } = seen;
  const faults = verify(plan, after);
  if (faults.length > 0) {
    const lines = faults.map((f) => `${f.fault}: ${formatLine(f.line, after.tableNames.names).join("; ")}`);
    throw await takenBack(session, judged, [...new Set(faults.map((f) => f.owner))], {
      what: "the change was made, but the router does not show it",
      why: `${lines.slice(0, 5).join("; ")}${lines.length > 5 ? ` and ${lines.length - 5} more` : ""}`,
    });
  }
  const lost = plan.steps.length === 0 ? undefined : connectionsLost(before, after, plan);
  if (lost) throw await takenBack(session, judged, lost.culprits, lost);
  const shut = await proof.after(session);
  if (shut !== undefined) throw await takenBack(session, judged, [], shut);

  const { stdout: answer } = await session.exchange(confirmScript(run, plan.boot, plan.clears), {
    what: "confirming the change",
  });
  const ending = parseOutcome(answer, run.nonce);
  if (ending?.kind === "unpersisted") throw notPersistent(router, ending.output);
  if (ending === undefined) throw unfinished(router, "confirming the change");
  if (ending.kind !== "confirmed") throw await endedByItself(session, judged);
  return plan.boot === undefined ? after : { ...after, boot: { ...after.boot, text: plan.boot || undefined } };
}

/** The proof on what the router shows after the change: no exchange more, and nothing that a packet would have to show first. */
function connectionsLost(before: Snapshot, after: Snapshot, plan: Plan) {
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
  culprits: readonly string[],
  fault: { what: string; why: string; output?: string },
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
