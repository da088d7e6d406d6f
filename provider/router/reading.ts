/** What a reading of the router says, and what it says when it cannot be worked on: errors for people. */
import { NotUnderstood } from "../kernel/not-understood.ts";
import type { Snapshot } from "../kernel/snapshot.ts";
import type { Operator } from "../kinds/kind.ts";
import { type Manifest, parseManifest } from "../plan/manifest.ts";
import { RouterError } from "./errors.ts";
import { parseSnapshot, SnapshotProblems } from "./snapshot.ts";

export interface Seen {
  readonly snapshot: Snapshot;
  readonly manifest: Manifest;
  /** Where the operator comes in and from: of the first reading. */
  readonly operator?: Operator;
}

/** A manifest that is damaged is nobody's to guess at: whose lines the router has would not be known. */
export function understood(snapshot: Snapshot, router: string): Seen {
  try {
    return { snapshot, manifest: parseManifest(snapshot.manifest) };
  } catch (error) {
    if (!(error instanceof NotUnderstood)) throw error;
    const path = `${snapshot.capabilities.stateDir}/manifest`;
    throw new RouterError("not-understood", {
      router,
      what: `reading ${path}, which lists the lines that are ours`,
      why: error.message,
      hint: "Nothing was changed. Put the file right, or move it away: the next run then goes by what the stack recorded",
    });
  }
}

/** What the router cannot do is an error for people, all of it at once; what it says in words we do not know is too. */
export function parsed(stdout: string, nonce: string, router: string): Snapshot {
  try {
    return parseSnapshot(stdout, nonce);
  } catch (error) {
    if (error instanceof SnapshotProblems) throw problemsError(error, router);
    if (error instanceof NotUnderstood)
      throw new RouterError("not-understood", {
        router,
        what: "reading the router",
        why: error.message,
        hint: "Nothing is guessed: please report this line with the versions of the router's tools",
      });
    throw error;
  }
}

function problemsError({ problems, message }: SnapshotProblems, router: string): RouterError {
  const lacking = problems.some((p) => p.problem === "missing-tool");
  const hint = lacking
    ? "Install what is missing (Debian: apt-get install iproute2 iptables)"
    : problems.some((p) => p.problem === "not-root")
      ? "Log in as root, or as a user who may run sudo without a password"
      : undefined;
  const kind = lacking ? "missing-tool" : "no-rights";
  return new RouterError(kind, { router, what: "this router cannot be worked on", why: message, hint });
}
