/** Value of a dotted IPv4 address; undefined for anything else (no short forms, no leading zeros read as octal). */
export function ipv4Value(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256 + Number(part);
  }
  return value;
}

export function ipv4Text(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join(".");
}

/** Netmask of a prefix length. */
export function prefixMask(prefix: number): number {
  return prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
}

/** Prefix length of a netmask; undefined where its ones are not in one run from the left. */
export function maskPrefix(mask: number): number | undefined {
  const prefix = Math.clz32(~mask >>> 0);
  return prefixMask(prefix) === mask >>> 0 ? prefix : undefined;
}

/** A prefix length in digits, 0 to 32. */
export function prefixLength(text: string): number | undefined {
  return /^\d{1,2}$/.test(text) && Number(text) <= 32 ? Number(text) : undefined;
}

export interface Network {
  readonly address: string;
  readonly prefix: number;
}

/** `a.b.c.d` or `a.b.c.d/len`; a bare address has the prefix 32. */
export function parseNetwork(text: string): Network | undefined {
  const [address = "", length, ...more] = text.split("/");
  const prefix = length === undefined ? 32 : prefixLength(length);
  if (ipv4Value(address) === undefined || prefix === undefined || more.length > 0) return undefined;
  return { address, prefix };
}

/** As `ip` prints it: without `/32`. */
export function formatNetwork({ address, prefix }: Network): string {
  return prefix === 32 ? address : `${address}/${prefix}`;
}
