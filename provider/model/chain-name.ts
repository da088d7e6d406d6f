import { createHash } from "node:crypto";

/** netfilter's XT_EXTENSION_MAXNAMELEN is 29 with the closing zero. */
const LONGEST = 28;

/**
 * Name of a chain of ours: `mw-<resource>-<part>`, recognisable on the router by its first letters. A resource's name
 * that does not fit is cut and told apart by a hash.
 */
export function chainName(resource: string, part: string): string {
  const readable = `mw-${resource.replace(/[^A-Za-z0-9_.-]/g, "_")}-${part}`;
  if (readable.length <= LONGEST && /^[A-Za-z0-9_.-]+$/.test(resource)) return readable;
  const tail = `~${shortHash(resource)}-${part}`;
  return readable.slice(0, LONGEST - tail.length) + tail;
}

const OF_RESOURCE = /^mw[-~][!-~]*?-(?:mark|out|dnat|fwd|snat(?:-[!-~]+)?)$/;
/** Further chains of a map, by address and port. */
const OF_DISPATCH = /^mw-[0-9a-f]{4}[dsf]-[0-9a-f./]+[tu]?[0-9a-f]*$/;

/** Can it be the name of a chain of a resource? Others may call theirs `mw-trusted`. */
export function isChainName(chain: string): boolean {
  return OF_RESOURCE.test(chain) || OF_DISPATCH.test(chain);
}

/** What the names of one resource's chains have in common; undefined for those that only its own rules lead to. */
export function familyOf(chain: string): string | undefined {
  if (!OF_RESOURCE.test(chain)) return undefined;
  const name = chain.replace(/-(?:mark|out|dnat|fwd)$|-snat(?:-.+)?$/, "");
  // How much of a cut name stands in front of its hash depends on the part.
  return /~[0-9a-f]{4}$/.exec(name)?.[0] ?? name;
}

/** What the further chains of one map have in common, `mw-1f2ed-`; undefined for any other chain. */
export function dispatchOf(chain: string): string | undefined {
  return OF_DISPATCH.test(chain) ? chain.slice(0, chain.indexOf("-", 3) + 1) : undefined;
}

/** Four hex digits: tells a few resources of one router apart. Two that clash are refused: of one resource in `collisions`, of two as a taken chain name. */
export function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 4);
}
