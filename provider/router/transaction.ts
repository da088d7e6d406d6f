import { randomBytes } from "node:crypto";
import { formatLine } from "../kernel/fragment.ts";
import type { Snapshot } from "../kernel/snapshot.ts";
import { type Plan, verify } from "../plan/plan.ts";
import { applyScript, type Outcome, parseOutcome, revertScript } from "../plan/script.ts";
import { RouterError } from "./errors.ts";
import type { Session } from "./session.ts";
import { parseSnapshot, snapshotScript } from "./snapshot.ts";

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

/**
 * Applies a plan and returns the router as it is afterwards. One exchange tests, applies and re-reads; a second one
 * takes everything back if the re-read is not what was planned. (The places of the lock, of the watchers that revert
 * when contact is lost, and of the boot file are before "apply" in the first exchange and after "verify" in the second.)
 * @returns undefined when the router changed since `before` was read: plan again
 */
export async function transact(session: Session, before: Snapshot, plan: Plan): Promise<Snapshot | undefined> {
  const nonce = randomBytes(8).toString("hex");
  const { stateDir } = before.capabilities;
  const script = [applyScript({ plan, seen: before.manifest, stateDir, nonce }), snapshotScript(nonce)].join("\n");
  const { stdout } = await session.exchange(script, { what: "applying the change" });
  const outcome = parseOutcome(stdout, nonce);
  if (outcome?.kind === "stale") return undefined;
  if (outcome?.kind !== "applied") throw failure(session.router, plan, outcome);
  const after = parseSnapshot(stdout, nonce);
  const faults = verify(plan, after);
  if (faults.length === 0) return after;

  const undo = await session.exchange(revertScript(plan, stateDir, nonce), { what: "taking the change back" });
  const undone = undo.stdout.includes(`@@${nonce} undone`);
  const lines = faults.map((f) => `${f.fault}: ${formatLine(f.line, after.tableNames.names).join("; ")}`);
  throw new TransactionFailed(
    [...new Set(faults.map((f) => f.owner))],
    new RouterError(undone ? "apply-failed" : "incomplete", {
      router: session.router,
      what: "the change was made, but the router does not show it",
      why: `${lines.slice(0, 5).join("; ")}${lines.length > 5 ? ` and ${lines.length - 5} more` : ""}`,
      hint: undone ? "Everything was taken back" : STUCK,
    }),
  );
}

const STUCK = "Taking it back failed too: look at the router before the next run";

function failure(router: string, plan: Plan, outcome: Exclude<Outcome, { kind: "applied" | "stale" }> | undefined) {
  if (outcome === undefined)
    return new TransactionFailed(
      [],
      new RouterError("not-understood", {
        router,
        what: "applying the change",
        why: "the script did not come to its end",
      }),
    );
  if (outcome.kind === "unusable")
    return new TransactionFailed(
      [],
      new RouterError("apply-failed", {
        router,
        what: "preparing the change",
        why: `${outcome.what} cannot be used for the provider's own files`,
        hint: "It must be a folder of the login user that nobody else can write to, on a file system with room; nothing was changed",
      }),
    );
  const step = plan.steps[outcome.step - 1]!;
  const undone = outcome.kind === "refused" || outcome.undone;
  return new TransactionFailed(
    step.owners,
    new RouterError(undone ? "apply-failed" : "incomplete", {
      router,
      what: step.what,
      why:
        outcome.kind === "refused"
          ? `refused when tried (exit code ${outcome.exitCode})`
          : `exit code ${outcome.exitCode}`,
      hint: outcome.kind === "refused" ? "Nothing was changed" : undone ? "Everything before it was taken back" : STUCK,
      output: outcome.output,
    }),
  );
}
