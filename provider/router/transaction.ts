import { randomBytes } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { formatLine } from "../kernel/fragment.ts";
import type { Snapshot } from "../kernel/snapshot.ts";
import { beginScript } from "../plan/guard/begin.ts";
import { awaitScript, confirmScript, revertScript } from "../plan/guard/end.ts";
import { type Outcome, parseOutcome } from "../plan/guard/outcome.ts";
import type { Run } from "../plan/guard/shell.ts";
import { type Plan, verify } from "../plan/plan.ts";
import { brokenBy } from "../proof/change.ts";
import { storyOf } from "../proof/story.ts";
import { RouterError } from "./errors.ts";
import { afterwards, type Judged, leftAfter } from "./left.ts";
import { newProof, type Proof } from "./proof.ts";
import type { Session } from "./session.ts";
import type { RouterSettings } from "./settings.ts";
import { snapshotScript } from "./snapshot.ts";

/** A transaction that did not happen: which resources are to blame, and the error for people. */
export class TransactionFailed extends Error {
  readonly culprits: readonly string[];
  readonly error: RouterError;

  constructor(culprits: readonly string[], error: RouterError) {
    super(error.message);
    this.culprits = culprits;
    this.error = error;
  }
}

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
  const { stdout } = await session.exchange(`${begin}\n${snapshotScript(run.nonce)}`, {
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
  const [first, ...more] = brokenBy(before, after, plan.manifest);
  if (!first) return undefined;
  const others = more.length > 0 ? `; and ${more.length} more such cases` : "";
  const [why = "", ...story] = storyOf(first);
  return {
    what: "after the change a connection would not get its answer by the link it came in on",
    why: `${why}${others}`,
    output: story.join("\n"),
    culprits: plan.steps.flatMap(({ owners }) => owners).slice(-1),
  };
}

/** iptables' own words for "my kernel, or my package, has no such module" tell few people what to do. */
function lacks(output: string): string {
  return /No chain\/target\/match|Couldn't load (match|target)|can't initialize|does not exist \(do you need to insmod/i.test(
    output,
  )
    ? ". The router's kernel or iptables lacks a module: it needs conntrack with marks (xt_connmark, xt_CONNMARK), xt_mark and iptable_nat"
    : "";
}

/** A boot file that stayed would bring everything back at the next boot: such a file is never left out. */
function isReadOnly(output: string): string {
  return /read-only file system/i.test(output) ? ". Make that file system writable, and run again" : "";
}

/** Its shell was killed on the way, out of memory or by hand: the change may stand or not, as when the line breaks. */
function unfinished(router: string, what: string): RouterError {
  return new RouterError("connection-lost", {
    router,
    what,
    why: "the script did not come to its end",
  });
}

/** In force, but not on the disk: the state records the resource, and the next run tries again. */
export function notPersistent(router: string, output: string): RouterError {
  return new RouterError("not-persistent", {
    router,
    what: "the change is in force, but could not be written to the disk: a reboot would undo it",
    hint: "See to the file system, and run again",
    output,
  });
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
  const { stdout } = await session.exchange(`${revertScript(run)}\n${snapshotScript(run.nonce)}`, {
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
  const { stdout } = await session.exchange(`${awaitScript(run)}\n${snapshotScript(run.nonce)}`, {
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

const WHOLE = "Everything was taken back";

/**
 * What is true of the router after a rollback: as it shows, and where it cannot be read, as the script says.
 * @param left undefined: not known
 */
function afterRollback(undone: boolean, left: readonly string[] | undefined, whole = WHOLE): string {
  if (left === undefined) return undone ? whole : STUCK;
  if (left.length === 0) return whole;
  const more = left.length > 5 ? ` and ${left.length - 5} more` : "";
  return `${STUCK} (${left.slice(0, 5).join("; ")}${more}). The next up or destroy clears what is left`;
}

const STUCK = "Taking it back did not bring the router back to what it was";

/** @param left lines that a rollback did not bring back, as the router shows; undefined where it was not asked */
export function failure(
  router: string,
  plan: Pick<Plan, "steps">,
  outcome: Exclude<Outcome, { kind: "applied" | "stale" | "expired" | "settled" }> | undefined,
  seconds: number,
  left?: readonly string[],
): TransactionFailed {
  const error = (
    kind: ConstructorParameters<typeof RouterError>[0],
    parts: Omit<ConstructorParameters<typeof RouterError>[1], "router">,
    culprits: readonly string[] = [],
  ) => new TransactionFailed(culprits, new RouterError(kind, { router, ...parts }));
  switch (outcome?.kind) {
    case "unusable":
      return error("apply-failed", {
        what: "preparing the change",
        why: `${outcome.what} cannot be used for the provider's own files`,
        hint: "It must be a folder of root's that nobody else can write to, on a file system with room; nothing was changed",
      });
    case "unwatched":
      return error("apply-failed", {
        what: "preparing the change",
        why: "the processes that would take it back did not start",
        hint: "Nothing was changed",
      });
    case "locked":
      return error("locked", {
        what: "another run is changing this router",
        why: outcome.who || "it has just begun",
        hint: `Wait until it has ended, in ${outcome.seconds} seconds at the latest, and run again`,
      });
    case "refused":
    case "failed": {
      // After the last step comes the manifest.
      const step = plan.steps[outcome.step - 1] ?? { what: "keeping the list of our lines", owners: [] };
      const whole = "Everything before it was taken back";
      const back = outcome.kind === "refused" ? whole : afterRollback(outcome.undone, left, whole);
      const tried = outcome.kind === "refused" ? "refused when tried dry, " : "";
      return error(
        back === whole ? "apply-failed" : "incomplete",
        {
          what: step.what,
          why: `${tried}exit code ${outcome.exitCode}`,
          hint:
            outcome.kind === "refused"
              ? `Nothing was changed${lacks(outcome.output)}`
              : `${back}${isReadOnly(outcome.output)}`,
          output: outcome.output,
        },
        step.owners,
      );
    }
    case "stuck":
    case "late":
    case "undone": {
      const hint = afterRollback(outcome.kind !== "stuck", left);
      if (hint !== WHOLE) return error("incomplete", { what: "the change was not confirmed in time", hint });
      return error("rolled-back", {
        what: `the change was not confirmed within ${seconds} seconds, so the router has taken it back by itself`,
        hint: "Find out what cut the connection, and run again; on a slow line raise the time",
        setting: "confirmTimeout",
      });
    }
    default:
      return error("not-understood", { what: "applying the change", why: "the script did not come to its end" });
  }
}
