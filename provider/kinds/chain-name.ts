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

/** Four hex digits: tells a few resources of one router apart. Two that clash are refused: of one resource in `collisions`, of two as a taken chain name. */
export function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 4);
}
