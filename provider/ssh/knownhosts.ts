import { createHmac, timingSafeEqual } from "node:crypto";
import { parseKey, type Trust, type TrustedKey } from "./hostkey.ts";

/**
 * Reads the lines of a known_hosts file that are about one router (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT): plain and
 * hashed names, `[host]:port`, several names, wildcards and negation, `@revoked`. Certificate authorities are skipped,
 * with the reason, because host certificates are not checked here.
 */
export function parseKnownHosts(text: string, host: string, port: number, source: string): Trust {
  const name = knownHostName(host, port);
  const rows = text.split("\n").flatMap((line, index) => {
    const row = rowOf(line);
    return row && matches(row.names, name) ? [{ ...row, number: index + 1 }] : [];
  });
  const usable = rows.filter((row) => row.why === undefined);
  const keysOf = (marker: string | undefined) =>
    usable.flatMap((row): TrustedKey[] => (row.marker === marker && row.key ? [row.key] : []));
  return {
    source,
    keys: keysOf(undefined),
    revoked: keysOf(REVOKED),
    skipped: rows.flatMap(({ number, why }) => (why === undefined ? [] : [`line ${number}: ${why}`])),
  };
}

const REVOKED = "@revoked";

interface Row {
  readonly marker: string | undefined;
  readonly names: string;
  readonly key: TrustedKey | undefined;
  /** What keeps it from being used. */
  readonly why: string | undefined;
}

/** undefined: it is empty or a comment. */
function rowOf(line: string): Row | undefined {
  const fields = line.trim().split(/\s+/);
  if (fields[0] === "" || fields[0]!.startsWith("#")) return undefined;
  const marker = fields[0]!.startsWith("@") ? fields.shift() : undefined;
  const [names = "", type = "", base64 = ""] = fields;
  const key = parseKey(type, base64);
  return { marker, names, key, why: whyUnusable(marker, key) };
}

function whyUnusable(marker: string | undefined, key: TrustedKey | undefined): string | undefined {
  if (marker === "@cert-authority") return "host certificates are not supported";
  if (marker !== undefined && marker !== REVOKED) return "unknown marker";
  return key === undefined ? "no key that can be read" : undefined;
}

/** The name that OpenSSH files a router under: port 22 is left out, any other port puts the host in brackets. */
export function knownHostName(host: string, port: number): string {
  const lower = host.toLowerCase();
  return port === 22 ? lower : `[${lower}]:${port}`;
}

function matches(names: string, name: string): boolean {
  if (names.startsWith("|")) return matchesHash(names, name);
  let found = false;
  for (const pattern of names.toLowerCase().split(",")) {
    // One negated match refuses the whole line, wherever it stands in it.
    if (pattern.startsWith("!") && wildcard(pattern.slice(1), name)) return false;
    if (!pattern.startsWith("!") && wildcard(pattern, name)) found = true;
  }
  return found;
}

function wildcard(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`).test(name);
}

/** `|1|salt|hash`: HMAC-SHA1 of the name with the salt as its key, both in base64. */
function matchesHash(hashed: string, name: string): boolean {
  const [, version, salt, hash] = hashed.split("|");
  if (version !== "1" || !salt || !hash) return false;
  const expected = Buffer.from(hash, "base64");
  const actual = createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest();
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}
