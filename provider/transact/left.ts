/** The router after a rollback: what is not as it was, and a list of it there for the next change to clear. */

import { leftScript } from "../guard/end.ts";
import type { Run } from "../guard/shell.ts";
import { NotUnderstood } from "../model/not-understood.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { parseSnapshot, SnapshotProblems } from "../observe/snapshot.ts";
import { formatManifest } from "../plan/manifest.ts";
import type { Plan } from "../plan/plan.ts";
import { notReturned, remains } from "../plan/returned.ts";
import type { Session } from "../ssh/session.ts";

/** What a rollback is judged by. */
export interface Judged {
  readonly run: Run;
  /** Seconds until the router reverts by itself. */
  readonly seconds: number;
  readonly plan: Plan;
  readonly before: Snapshot;
}

/** Somebody may have put there, meanwhile, what nobody here knows how to read. */
export function afterwards(stdout: string, nonce: string, before: Snapshot): { after: Snapshot } | { why: string } {
  try {
    return { after: parseSnapshot(stdout, nonce, before.capabilities.iptables.variant) };
  } catch (error) {
    if (error instanceof NotUnderstood || error instanceof SnapshotProblems) return { why: error.message };
    throw error;
  }
}

/**
 * @param stdout with the reading behind the rollback
 * @param failed number of the step that failed, from 1
 * @returns undefined: it cannot be read
 */
export async function leftAfter(
  session: Session,
  stdout: string,
  { plan, before, run }: Judged,
  failed?: number,
): Promise<readonly string[] | undefined> {
  const seen = afterwards(stdout, run.nonce, before);
  if ("why" in seen) return undefined;
  const left = notReturned(plan, before, seen.after, failed);
  const list = remains(plan, before, seen.after, failed);
  // The rollback took it for done, and has kept no list. Without one the next change would take the lines for foreign ones.
  if (list.size > 0 && seen.after.left?.length === before.left?.length)
    await session.exchange(leftScript(run, formatManifest(list, plan.head)), {
      what: "listing what the rollback left",
    });
  return left;
}
