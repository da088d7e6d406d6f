import { createHash } from "node:crypto";

/** One key that may, or must not, be the router's. A bare fingerprint does not tell its type. */
export interface TrustedKey {
  /** `ssh-ed25519`, `ssh-rsa`, ...; undefined for a bare fingerprint. */
  readonly type: string | undefined;
  /** `SHA256:` and 43 characters of base64, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
}

/** A key that a server has shown. */
export interface HostKey extends TrustedKey {
  readonly type: string;
}

/** What is known about the router's host key before it shows one. */
export interface Trust {
  /** Where the keys come from, for messages: `multiwan:router.hostKey` or a path. */
  readonly source: string;
  readonly keys: readonly TrustedKey[];
  readonly revoked: readonly TrustedKey[];
  /** Lines about this router that could not be used, each with the reason. */
  readonly skipped: readonly string[];
}

/** `changed`: keys are known for this router, and the one shown is none of them. */
export type HostKeyVerdict =
  | { readonly is: "trusted" }
  | { readonly is: "unknown" | "changed" | "revoked"; readonly shown: HostKey };

const FINGERPRINT = /^SHA256:([A-Za-z0-9+/]{43})=?$/;

/**
 * Reads a pin: `SHA256:...`, or an OpenSSH public key line `ssh-ed25519 AAAA... comment`.
 * Undefined for anything else, also for a key whose base64 holds another type than the line says.
 */
export function parsePin(text: string): TrustedKey | undefined {
  const print = FINGERPRINT.exec(text.trim());
  if (print) return { type: undefined, fingerprint: `SHA256:${print[1]}` };
  const [type, base64] = text.trim().split(/\s+/);
  return type === undefined || base64 === undefined ? undefined : parseKey(type, base64);
}

/** A key given as type and base64, as public key files and known_hosts have it. */
export function parseKey(type: string, base64: string): TrustedKey | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  const blob = Buffer.from(base64, "base64");
  return keyType(blob) === type && blob.length > 4 + type.length ? { type, fingerprint: fingerprint(blob) } : undefined;
}

/** The fingerprint of a key blob, in the form of `ssh-keygen -l`. */
export function fingerprint(blob: Buffer): string {
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

/** The type inside a key blob (RFC 4253: a length of four bytes, then the name); empty if there is none. */
export function keyType(blob: Buffer): string {
  if (blob.length < 4) return "";
  const length = blob.readUInt32BE(0);
  const name = length <= 64 ? blob.toString("latin1", 4, 4 + length) : "";
  return /^[a-z0-9@.-]+$/i.test(name) ? name : "";
}

/** The key in a blob, as RFC 4253 has it. */
export function hostKeyOf(blob: Buffer): HostKey {
  return { type: keyType(blob), fingerprint: fingerprint(blob) };
}

/** Trust in one key that a server has shown before, and in no other. */
export function onlyKey(key: HostKey, source: string): Trust {
  return { source, keys: [key], revoked: [], skipped: [] };
}

/** Compares the key that the router shows with what is known. A revoked key is refused even where it is pinned. */
export function judgeHostKey(blob: Buffer, trust: Trust): HostKeyVerdict {
  const shown = hostKeyOf(blob);
  const same = (key: TrustedKey) => key.fingerprint === shown.fingerprint;
  if (trust.revoked.some(same)) return { is: "revoked", shown };
  if (trust.keys.some(same)) return { is: "trusted" };
  return { is: trust.keys.length > 0 ? "changed" : "unknown", shown };
}

/**
 * The host key algorithms with those of the known keys first: a router known by its RSA key alone would otherwise show
 * its ed25519 key, which nobody knows.
 */
export function orderHostKeys(algorithms: readonly string[], trust: Trust): string[] {
  const known = new Set(trust.keys.map((key) => key.type));
  const wanted = (algorithm: string) => known.has(/^rsa-sha2-/.test(algorithm) ? "ssh-rsa" : algorithm);
  return [...algorithms.filter(wanted), ...algorithms.filter((algorithm) => !wanted(algorithm))];
}
