/** Which machine a router is, and which of its network namespaces: what was found on one is no memory of another. Pure. */
import type { Snapshot } from "../model/snapshot.ts";

type Seen = Pick<Snapshot, "machine" | "hostKey" | "namespace" | "bootId">;

/** `machine 3f5ab1c20d4e, ssh-ed25519 SHA256:...`; "" where nothing is known. */
export function identityOf({ machine, hostKey }: Pick<Seen, "machine" | "hostKey">): string {
  return [...(machine === undefined ? [] : [`machine ${machine}`]), ...(hostKey === undefined ? [] : [hostKey])].join(
    ", ",
  );
}

/**
 * `other` as soon as one part differs: a clone may have the machine id of its image, and a machine that was installed anew the host
 * keys of before. undefined: the two have no part in common, and nothing can be said.
 */
export function compareIdentity(a: string, b: string): "same" | "other" | undefined {
  const parts = (text: string) => new Map(text.split(", ").map((part) => part.split(" ", 2) as [string, string]));
  const [left, right] = [parts(a), parts(b)];
  const common = [...left].filter(([kind]) => kind !== "" && right.has(kind));
  if (common.length === 0) return undefined;
  return common.every(([kind, value]) => right.get(kind) === value) ? "same" : "other";
}

/** What the manifest says of itself, in its first lines. */
export interface Head {
  /** As `identityOf`. */
  readonly router?: string;
  /** `BOOT INODE` of the network namespace whose lines it lists. */
  readonly namespace?: string;
  /** Tables and base chains that iptables-nft has made for the managed lines: `mangle mangle/PREROUTING`. */
  readonly made?: string;
  /** Chains named as those of resources are that were there before the first managed line: `mangle/mw-site-out`. */
  readonly foreign?: string;
  /** Variant of iptables that the managed lines are in. */
  readonly iptables?: string;
}

export function headOf(snapshot: Seen): Head {
  const router = identityOf(snapshot);
  const { namespace, bootId } = snapshot;
  return {
    ...(router !== "" && { router }),
    ...(namespace !== undefined && bootId !== "" && { namespace: `${bootId} ${namespace}` }),
  };
}

/**
 * Does the manifest list the lines of another router that shares this one's folder for volatile files? A namespace counts in its boot.
 * Another one of the same boot is another router where it is seen to live, or where its machine is another; else it is this
 * container's before it was started again.
 * @returns why, in words
 */
export function otherNamespace(head: Head, snapshot: Seen & Pick<Snapshot, "namespaceSeen">): string | undefined {
  const here = headOf(snapshot);
  const [boot, inode] = (head.namespace ?? "").split(" ");
  if (head.namespace === undefined || here.namespace === undefined || head.namespace === here.namespace)
    return undefined;
  if (boot !== snapshot.bootId) return undefined;
  if (snapshot.namespaceSeen)
    return `of the network namespace ${inode}, which is in use, and this is ${snapshot.namespace}`;
  if (compareIdentity(head.router ?? "", here.router ?? "") === "other")
    return `of the router with ${head.router}, and this one has ${here.router}`;
  return undefined;
}
