/**
 * Which SSH algorithms are offered. The modern set works with OpenSSH since 6.5 (2014) and Dropbear since 2020;
 * what is older is offered only to a router whose settings say so.
 */

/** Host key algorithms, most wanted first. */
export const MODERN_HOST_KEYS = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
] as const;

const MODERN_MACS = [
  "hmac-sha2-256-etm@openssh.com",
  "hmac-sha2-512-etm@openssh.com",
  "hmac-sha2-256",
  "hmac-sha2-512",
] as const;

const LEGACY = {
  kex: ["diffie-hellman-group-exchange-sha1", "diffie-hellman-group14-sha1", "diffie-hellman-group1-sha1"],
  serverHostKey: ["ssh-rsa", "ssh-dss"],
  cipher: ["aes256-cbc", "aes192-cbc", "aes128-cbc", "3des-cbc"],
  hmac: ["hmac-sha1-etm@openssh.com", "hmac-sha1", "hmac-md5"],
} as const;

/** The names that `legacyAlgorithms` may list. */
export const LEGACY_ALGORITHMS = [...LEGACY.kex, ...LEGACY.serverHostKey, ...LEGACY.cipher, ...LEGACY.hmac] as const;

export type LegacyAlgorithm = (typeof LEGACY_ALGORITHMS)[number];

/** False: none; true: all of them; else the ones listed. */
export type LegacyChoice = boolean | readonly LegacyAlgorithm[];

/** The host key algorithms to offer, in order of our own preference. */
export function hostKeyAlgorithms(legacy: LegacyChoice): string[] {
  return [...MODERN_HOST_KEYS, ...chosen(LEGACY.serverHostKey, legacy)];
}

/** The offer in the form that ssh2 takes; `hostKeys` are in the order that the trusted keys ask for. */
export function offer(legacy: LegacyChoice, hostKeys: readonly string[]) {
  const add = <T>(names: T[]) => ({ append: names, prepend: [] as T[], remove: [] as T[] });
  return {
    kex: add(chosen(LEGACY.kex, legacy)),
    cipher: add(chosen(LEGACY.cipher, legacy)),
    hmac: [...MODERN_MACS, ...chosen(LEGACY.hmac, legacy)],
    serverHostKey: [...hostKeys] as ((typeof MODERN_HOST_KEYS)[number] | (typeof LEGACY.serverHostKey)[number])[],
  };
}

/** Whether a session came about by old algorithms only: said in each run, so that nobody forgets. */
export function oldAlgorithms(agreed: { kex: string; hostKey: string; cipher: string }): string | undefined {
  const old = [agreed.kex, agreed.hostKey, agreed.cipher].filter((name) =>
    (LEGACY_ALGORITHMS as readonly string[]).includes(name),
  );
  return old.length === 0
    ? undefined
    : `the connection is no safer than ${old.join(", ")}, which are broken or soon will be; multiwan:router.legacyAlgorithms allows them, a newer SSH server on the router makes them unnecessary`;
}

function chosen<T extends LegacyAlgorithm>(names: readonly T[], legacy: LegacyChoice): T[] {
  if (typeof legacy === "boolean") return legacy ? [...names] : [];
  return names.filter((name) => legacy.includes(name));
}
