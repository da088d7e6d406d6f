/** What a change that did not happen is told with: whose it is, what failed, and what is true of the router after it. Pure. */
import type { Outcome } from "../guard/outcome.ts";
import type { Plan } from "../plan/plan.ts";
import { RouterError } from "../ssh/errors.ts";

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
export function unfinished(router: string, what: string): RouterError {
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

export const WHOLE = "Everything was rolled back";

/**
 * What is true of the router after a rollback: as it shows, and where it cannot be read, as the script says.
 * @param left undefined: not known
 */
export function afterRollback(undone: boolean, left: readonly string[] | undefined, whole = WHOLE): string {
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
        why: "the processes that would roll it back did not start",
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
      const step = plan.steps[outcome.step - 1] ?? { what: "keeping the list of managed lines", owners: [] };
      const whole = "Everything before it was rolled back";
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
        what: `the change was not confirmed within ${seconds} seconds, so the router has rolled it back by itself`,
        hint: "Find out what cut the connection, and run again; on a slow line raise the time",
        setting: "confirmTimeout",
      });
    }
    default:
      return error("not-understood", { what: "applying the change", why: "the script did not come to its end" });
  }
}
