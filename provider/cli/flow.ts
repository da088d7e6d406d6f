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
  const said: Said = {};
  for (const part of partsOf(tokens)) note(said, part, site);
  const { protocol, from = NOWHERE, to = NOWHERE, host, port } = said;
  if (port !== undefined && to.port !== undefined) throw usage("the port is given twice");
  const flow = { protocol, from, to: port === undefined ? to : { ...to, port }, host };
  const ports = [flow.from, flow.to, flow.host].some((end) => end?.port !== undefined);
  if (ports && protocol === "icmp") throw usage("icmp has no ports");
  if (ports && protocol === undefined) throw usage("a port needs its protocol: tcp or udp");
  return flow;
}

/** What has been said so far. */
interface Said {
  protocol?: FlowProtocol;
  port?: number;
  from?: FlowEnd;
  to?: FlowEnd;
  host?: FlowEnd;
}

interface Part {
  readonly is: "from" | "to" | "host" | "port" | "protocol";
  readonly word: string;
}

/** Words with what they are: by the keyword before them, or by their looks. */
function* partsOf(tokens: readonly string[]): Generator<Part> {
  for (let i = 0; i < tokens.length; i++) {
    const word = tokens[i]!;
    const keyword = KEYWORDS.get(word);
    if (keyword !== undefined) yield { is: keyword, word: behind(tokens, i++) };
    else if (isProtocol(word)) yield { is: "protocol", word };
    else if (word === "-")
      throw usage('the shell has taken the > of -> for itself, and written a file: say "to", or put it all in quotes');
    else yield { is: /^\d+$/.test(word) ? "port" : "from", word };
  }
}

const KEYWORDS: ReadonlyMap<string, "from" | "to" | "host" | "port"> = new Map([
  ...(["from", "to", "host", "port"] as const).map((word) => [word, word] as const),
  ["->", "to"],
]);

const isProtocol = (word: string): word is FlowProtocol => PROTOCOLS.some((name) => name === word);

function behind(tokens: readonly string[], i: number): string {
  const word = tokens[i + 1];
  if (word === undefined) throw usage(`"${tokens[i]}" is the last word: it names what comes behind it`);
  return word;
}

function note(said: Said, { is, word }: Part, site: Pick<Site, "servers"> | undefined): void {
  if (is === "port") said.port = readPort(word);
  else if (is === "protocol") noteProtocol(said, word as FlowProtocol);
  else {
    const end = readEnd(word, site);
    if (said[is]) throw usage(`there is more than one ${is === "host" ? "host" : `"${is}"`} in it`);
    said[is] = end;
  }
}

function noteProtocol(said: Said, word: FlowProtocol): void {
  if (said.protocol !== undefined && said.protocol !== word)
    throw usage(`it cannot be both ${said.protocol} and ${word}`);
  said.protocol = word;
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
