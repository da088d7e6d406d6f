import { isIP } from "node:net";
import { z } from "zod";

/** Name or address and port of a way in. */
export interface Way {
  readonly host: string;
  readonly port: number;
}

const HOW = ["hostKey", "banner", "login"] as const;

const PATH = "must be an address of the router such as 66.119.160.2, or with a port, 66.119.160.2:2222";
const path = z.string(PATH).refine((text) => wayOf(text, 22) !== undefined, PATH);

const ONE_OF = 'must be "hostKey", "banner" or "login"';
const FORMS = 'must be "hostKey", "banner", "login", or {by, paths, banners}';

const full = z.strictObject({
  /**
   * `hostKey`: a key exchange without a login, and the router's own host key at its end. `banner`: the SSH greeting alone, which another
   * machine may share. `login`: a whole login, which no server takes for an attack. Default hostKey.
   */
  by: z.enum(HOW, ONE_OF).default("hostKey"),
  /** Further addresses of the router by which an operator on this machine must get in, with or without a port. Default none. */
  paths: z.array(path, "must be a list of addresses of the router").max(5, "must be at most 5").default([]),
  /** Connections without a login that one run makes at most: OpenSSH and fail2ban count them as attempts. Later ones log in. Default 6. */
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
