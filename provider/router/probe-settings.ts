import { isIP } from "node:net";
import { z } from "zod";

/** Name or address and port of a way in. */
export interface Way {
  readonly host: string;
  readonly port: number;
}

const HOW = ["banner", "login"] as const;

const PATH = "must be an address of the router such as 66.119.160.2, or with a port, 66.119.160.2:2222";
const path = z.string(PATH).refine((text) => wayOf(text, 22) !== undefined, PATH);

const FORMS = 'must be "banner", "login", or {by, paths, banners}';

const full = z.strictObject({
  /** `banner`: connect and read the SSH greeting. `login`: a whole login, which no server takes for an attack. Default banner. */
  by: z.enum(HOW, 'must be "banner" or "login"').default("banner"),
  /** Further addresses of the router by which an operator on this machine must get in, with or without a port. Default none. */
  paths: z.array(path, "must be a list of addresses of the router").max(5, "must be at most 5").default([]),
  /** The greetings that one run asks for at most: OpenSSH and fail2ban count them as attempts. Later ones log in. Default 6. */
  banners: z.int("must be a whole number").min(0, "must be 0 to 100").max(100, "must be 0 to 100").default(6),
});

/** How a change has to prove that a new connection gets in: `login`, or all of it as an object. */
export const probeSettings = z
  .union([z.enum(HOW, FORMS).transform((by) => full.parse({ by })), full])
  .default(full.parse({}));

/** `66.119.160.2`, `r1.example.net:2222`, `[2001:db8::1]:22`; undefined for what is no such thing. */
export function wayOf(text: string, port: number): Way | undefined {
  if (isHost(text)) return { host: text, port };
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? "";
  const given = Number(digits);
  const fits = bracketed === undefined ? isHost(host) : isIP(host) === 6;
  return fits && given >= 1 && given <= 65535 ? { host, port: given } : undefined;
}

/** A name, or an address of either family. */
export function isHost(value: string): boolean {
  return isIP(value) !== 0 || /^[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_.])?$/.test(value);
}
