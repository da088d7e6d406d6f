import ipaddr from "ipaddr.js";

const PART = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const ADDRESS = new RegExp(`^${Array(4).fill(PART).join("\\.")}$`);

/** Is `text` a plain IPv4 address in its one canonical spelling (four decimal parts, no leading zeros)? */
export function isAddress(text: string): boolean {
  return ADDRESS.test(text);
}

/** What keeps an IPv4 address from being one of a host on a wire (RFC 6890, RFC 5771); undefined for those that can be. */
export function noHost(address: string): string | undefined {
  const range = ipaddr.IPv4.parse(address).range();
  return ["multicast", "broadcast", "loopback", "unspecified"].includes(range) ? range : undefined;
}

/** RFC 1918, and what providers keep for their own translation, RFC 6598. */
export const PRIVATE_NETWORKS = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"] as const;

/** RFC 3927. */
export const LINK_LOCAL = "169.254.0.0/16";

/** Is `text` an IPv4 network `a.b.c.d/len` whose host bits are zero? */
export function isNetwork(text: string): boolean {
  const slash = text.indexOf("/");
  if (slash < 0 || !isAddress(text.slice(0, slash)) || !/^(\d|[12]\d|3[0-2])$/.test(text.slice(slash + 1)))
    return false;
  return ipaddr.IPv4.networkAddressFromCIDR(text).toString() === text.slice(0, slash);
}

export function looksLikeIpv6(text: string): boolean {
  return ipaddr.IPv6.isValid(text.replace(/\/\d+$/, ""));
}

/** Does the network (`a.b.c.d/len`, host bits allowed; a bare address is a /32) contain the address? */
export function contains(network: string, address: string): boolean {
  const [plain = "", digits = "32", ...more] = network.split("/");
  const prefix = prefixLength(digits);
  if (prefix !== undefined && more.length === 0 && isAddress(plain) && isAddress(address)) {
    const size = 2 ** (32 - prefix);
    return Math.floor(toNumber(plain) / size) === Math.floor(toNumber(address) / size);
  }
  const [base, length] = ipaddr.IPv4.parseCIDR(network.includes("/") ? network : `${network}/32`);
  return ipaddr.IPv4.parse(address).match(base, length);
}

/** Do two networks share an address? */
export function overlap(a: string, b: string): boolean {
  return contains(a, withoutLength(b)) || contains(b, withoutLength(a));
}

export function withoutLength(network: string): string {
  return network.split("/")[0]!;
}

/** The address as an unsigned 32-bit number, for sorting and for grouping by prefix. */
export function toNumber(address: string): number {
  // A site of many services asks this a million times, and the library takes 5 microseconds.
  const [, a, b, c, d] = ADDRESS.exec(address) ?? [];
  if (d !== undefined) return ((Number(a) * 256 + Number(b)) * 256 + Number(c)) * 256 + Number(d);
  return ipaddr.IPv4.parse(address)
    .toByteArray()
    .reduce((n, byte) => n * 256 + byte, 0);
}

export function fromNumber(n: number): string {
  return [24, 16, 8, 0].map((shift) => (n >>> shift) & 255).join(".");
}

/** A prefix length in digits, 0 to 32. */
export function prefixLength(text: string): number | undefined {
  return /^\d{1,2}$/.test(text) && Number(text) <= 32 ? Number(text) : undefined;
}

/** Prefix length of a dotted netmask; undefined where its ones are not in one run from the left. */
export function maskPrefix(mask: string): number | undefined {
  return isAddress(mask) ? (ipaddr.IPv4.parse(mask).prefixLengthFromSubnetMask() ?? undefined) : undefined;
}

/** The address with all bits behind the prefix zero. */
export function networkBase(address: string, prefix: number): string {
  return ipaddr.IPv4.networkAddressFromCIDR(`${address}/${prefix}`).toString();
}

/** The netmask of a prefix length, as an unsigned number. */
export function bitsOf(prefix: number): number {
  return prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
}

/** An address with the bits of it that count; the others are zero. */
export interface MaskedNetwork {
  readonly address: string;
  /** As an unsigned number; its ones need not be in one run. */
  readonly mask: number;
}

/** `a.b.c.d`, `a.b.c.d/len` or `a.b.c.d/mask`; a bare address is a /32. */
export function parseMasked(text: string): MaskedNetwork | undefined {
  const [address = "", length = "32", ...more] = text.split("/");
  if (!isAddress(address) || more.length > 0) return undefined;
  const prefix = prefixLength(length);
  if (prefix !== undefined) return { address, mask: bitsOf(prefix) };
  return isAddress(length) ? { address, mask: toNumber(length) } : undefined;
}

/** With its length, also of a single address; a mask with holes is dotted, as iptables prints it. */
export function formatMasked({ address, mask }: MaskedNetwork): string {
  const prefix = 32 - Math.log2(2 ** 32 - mask);
  return `${address}/${Number.isInteger(prefix) ? prefix : fromNumber(mask)}`;
}

export interface Network {
  readonly address: string;
  readonly prefix: number;
}

/** `a.b.c.d` or `a.b.c.d/len`; a bare address has the prefix 32. */
export function parseNetwork(text: string): Network | undefined {
  const [address = "", length, ...more] = text.split("/");
  const prefix = length === undefined ? 32 : prefixLength(length);
  if (!isAddress(address) || prefix === undefined || more.length > 0) return undefined;
  return { address, prefix };
}

/** Of a destination: 0 of `default`, 32 of a bare address. */
export function lengthOf(destination: string): number {
  return destination === "default" ? 0 : (parseNetwork(destination)?.prefix ?? 0);
}

/** As `ip` prints it: without `/32`. */
export function formatNetwork({ address, prefix }: Network): string {
  return prefix === 32 ? address : `${address}/${prefix}`;
}

/** An address of a network that nobody has: from the upper end, where people put clients. */
export function freeHost(network: string, taken: readonly string[]): string {
  const { address, prefix } = parseNetwork(network)!;
  const size = 2 ** (32 - prefix);
  const base = toNumber(address);
  for (let at = Math.max(size - 2, 0); at > 0; at--) {
    const candidate = fromNumber(base + at);
    if (!taken.includes(candidate)) return candidate;
  }
  return address;
}
