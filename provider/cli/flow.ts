/**
 * A flow as people write it: `tcp 198.51.100.20 to 123.234.1.11:1494`, `from server1 to 203.0.113.80 tcp 443`. Pure.
 */
import { isAddress, parseNetwork } from "../model/ip.ts";
import type { Site } from "../site/schema.ts";
import { suggest } from "../site/suggest.ts";
import { CommandError, EXIT } from "./exit.ts";

export interface FlowEnd {
  /** An address, or a network `198.51.100.0/24`; undefined where only the port counts. */
  readonly address: string | undefined;
  readonly port: number | undefined;
  /** The server of that name in the site, where it was written so or has that address. */
  readonly server?: string;
}

export type FlowProtocol = "tcp" | "udp" | "icmp";

export interface Flow {
  readonly protocol: FlowProtocol | undefined;
  /** Who opens the connection. */
  readonly from: FlowEnd;
  /** Whom he addresses, as he writes it on his packets: the external address of a published server. */
  readonly to: FlowEnd;
  /** Either end. */
  readonly host: FlowEnd | undefined;
}

const NOWHERE: FlowEnd = { address: undefined, port: undefined };
const PROTOCOLS: readonly FlowProtocol[] = ["tcp", "udp", "icmp"];

/**
 * Words in any order: a protocol; `A to B` (or `A -> B`), `from A`, `to B` or `host A`, where an end is an address, a network, or the
 * name of a server, with `:port` behind it if wanted; `port N` or a number alone, the port that is addressed.
 * @throws {CommandError} names the word that is not understood
 */
export function parseFlow(words: readonly string[], site: Pick<Site, "servers"> | undefined): Flow {
  const tokens = words.join(" ").replaceAll("->", " -> ").split(/\s+/).filter(Boolean);
  const ends: { from?: FlowEnd; to?: FlowEnd; host?: FlowEnd } = {};
  let protocol: FlowProtocol | undefined;
  let port: number | undefined;
  const once = (which: keyof typeof ends, end: FlowEnd) => {
    if (ends[which]) throw usage(`there is more than one ${which === "host" ? "host" : `"${which}"`} in it`);
    ends[which] = end;
  };
  const next = (i: number) => {
    const word = tokens[i + 1];
    if (word === undefined) throw usage(`"${tokens[i]}" is the last word: it names what comes behind it`);
    return word;
  };
  for (let i = 0; i < tokens.length; i++) {
    const word = tokens[i]!;
    if (PROTOCOLS.some((name) => name === word)) {
      if (protocol !== undefined && protocol !== word) throw usage(`it cannot be both ${protocol} and ${word}`);
      protocol = word as FlowProtocol;
    } else if (word === "-")
      throw usage('the shell has taken the > of -> for itself, and written a file: say "to", or put it all in quotes');
    else if (word === "from" || word === "to" || word === "host") once(word, readEnd(next(i++), site));
    else if (word === "->") once("to", readEnd(next(i++), site));
    else if (word === "port") port = readPort(next(i++));
    else if (/^\d+$/.test(word)) port = readPort(word);
    else once("from", readEnd(word, site));
  }
  const to = ends.to ?? NOWHERE;
  if (port !== undefined && to.port !== undefined) throw usage("the port is given twice");
  const flow = { protocol, from: ends.from ?? NOWHERE, to: port === undefined ? to : { ...to, port }, host: ends.host };
  const ports = [flow.from, flow.to, flow.host].some((end) => end?.port !== undefined);
  if (ports && protocol === "icmp") throw usage("icmp has no ports");
  if (ports && protocol === undefined) throw usage("a port needs its protocol: tcp or udp");
  return flow;
}

/** The same words again, in one order, for people and for other operators. */
export function formatFlow({ protocol, from, to, host }: Flow): string {
  const end = ({ address, port, server }: FlowEnd) =>
    `${server ?? address ?? "anywhere"}${port === undefined ? "" : `:${port}`}`;
  const known = (one: FlowEnd) => one.address !== undefined || one.port !== undefined;
  return [
    ...(protocol === undefined ? [] : [protocol]),
    ...(known(from) || known(to) ? [end(from), "->", end(to)] : []),
    ...(host === undefined ? [] : ["host", end(host)]),
  ].join(" ");
}

function readEnd(word: string, site: Pick<Site, "servers"> | undefined): FlowEnd {
  const match = /^(.+?)(?::(\d+))?$/.exec(word);
  const what = match?.[1] ?? word;
  const port = match?.[2] === undefined ? undefined : readPort(match[2]);
  const servers = Object.entries(site?.servers ?? {});
  const named = servers.find(([name]) => name === what);
  if (named) return { address: named[1].address, port, server: what };
  if (what === "any" || what === "anywhere" || what === "*") return { address: undefined, port };
  if (isAddress(what)) {
    const server = servers.find(([, { address }]) => address === what)?.[0];
    return { address: what, port, ...(server !== undefined && { server }) };
  }
  const network = what.includes("/") ? parseNetwork(what) : undefined;
  if (network) return { address: `${network.address}/${network.prefix}`, port };
  const names = servers.map(([name]) => name);
  throw usage(`"${what}" is no address, and no server of multiwan:site${suggest(what, names).replace(/\?$/, "")}`);
}

function readPort(word: string): number {
  const port = Number(word);
  if (!/^\d+$/.test(word) || port < 1 || port > 65535) throw usage(`"${word}" is no port: 1 to 65535`);
  return port;
}

function usage(why: string): CommandError {
  return new CommandError(
    EXIT.usage,
    `the flow is not understood: ${why}. Write it like this: tcp 198.51.100.20 to 123.234.1.11:1494, or: from server1 to 203.0.113.80 tcp 443`,
  );
}
