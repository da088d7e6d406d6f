/** What a reading of the router says, and what it says when it cannot be worked on: errors for people. */

import { BOOT_FILE } from "../kinds/boot-files.ts";
import type { Operator } from "../kinds/kind.ts";
import { NotUnderstood } from "../model/not-understood.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { otherNamespace } from "../plan/identity.ts";
import { leftovers, withLeftovers } from "../plan/leftovers.ts";
import { FORMAT, type Manifest, NewerFormat, parseHead, parseManifest, refuseNewer } from "../plan/manifest.ts";
import { RouterError } from "../ssh/errors.ts";
import type { HostKey } from "../ssh/hostkey.ts";
import { parseSnapshot, SnapshotProblems } from "./snapshot.ts";

export interface Seen {
  readonly snapshot: Snapshot;
  readonly manifest: Manifest;
  /** Where the operator comes in and from: of the first reading. */
  readonly operator?: Operator;
}

/** As `ssh-keygen -l` has it, with its type in front. */
export function keyText(key: HostKey | undefined): string | undefined {
  return key && `${key.type} ${key.fingerprint}`;
}

/** A manifest that is damaged is nobody's to guess at: whose lines the router has would not be known. */
export function understood(read: Snapshot, router: string, hostKey: string | undefined): Seen {
  const snapshot = hostKey === undefined ? read : { ...read, hostKey };
  const path = `${snapshot.capabilities.stateDir}/manifest`;
  try {
    const manifest = parseManifest(snapshot.manifest);
    refuseNewer(snapshot.boot.text, BOOT_FILE);
    const why = manifest.size === 0 ? undefined : otherNamespace(parseHead(snapshot.manifest), snapshot);
    if (why !== undefined) throw sharedFolder(router, path, why);
    return { snapshot, manifest: withLeftovers(manifest, leftovers(snapshot)) };
  } catch (error) {
    if (error instanceof NewerFormat)
      throw new RouterError("not-understood", {
        router,
        what: "reading which lines of the router are managed",
        why: `${error.message}: a newer version of pulumi-multiwan has written it, and this one knows format ${FORMAT}`,
        hint: "Nothing was changed. Install that version, or a newer one, for this stack as well",
      });
    if (!(error instanceof NotUnderstood)) throw error;
    throw new RouterError("not-understood", {
      router,
      what: `reading ${path}, which lists the managed lines`,
      why: error.message,
      hint: "Nothing was changed. Put the file right, or move it away: the next run then goes by what the stack recorded",
    });
  }
}

/** Two routers in network namespaces or containers of one machine would take each other's lines for drift. */
function sharedFolder(router: string, path: string, why: string): RouterError {
  return new RouterError("collision", {
    router,
    what: `${path} lists the lines of another router`,
    why: `it is ${why}`,
    hint: "Two routers share one folder for volatile files: give each a /run of its own. Nothing was changed. If that router no longer exists, remove the file",
  });
}

/** What the router cannot do is an error for people, all of it at once; what it says in words we do not know is too. */
export function parsed(stdout: string, nonce: string, router: string, stderr = ""): Snapshot {
  try {
    return parseSnapshot(stdout, nonce);
  } catch (error) {
    if (error instanceof SnapshotProblems) throw problemsError(error, router, stderr);
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

function problemsError({ problems, message }: SnapshotProblems, router: string, stderr: string): RouterError {
  const lacking = problems.some((p) => p.problem === "missing-tool");
  const failed = problems.find((p) => p.problem === "failed");
  const hint = lacking
    ? "Install what is missing (Debian: apt-get install iproute2 iptables)"
    : problems.some((p) => p.problem === "not-root")
      ? "Log in as root, or as a user who may run sudo without a password"
      : failed && /^ip6?tables/.test(failed.command)
        ? notReadable(failed.nativeRules)
        : undefined;
  const kind = lacking ? "missing-tool" : "no-rights";
  const output = failed ? [...(failed.said ? [failed.said] : []), stderr].join("\n").trim() : undefined;
  return new RouterError(kind, { router, what: "this router cannot be worked on", why: message, hint, output });
}

/** Rules that another program writes natively into the tables of iptables-nft. */
function notReadable(program: string | undefined): string {
  const who = program === undefined ? "A program has written" : `${program} is here and may have written`;
  const tailscale = program === "Tailscale" ? " (Tailscale: TS_DEBUG_FIREWALL_MODE=iptables for tailscaled)" : "";
  return `${who} nft rules of its own into a table of iptables, which iptables cannot show: \`nft list ruleset\` shows them. Have it use iptables or a table of its own${tailscale}; until then nothing is compared or changed here`;
}
