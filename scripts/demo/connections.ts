/** Real connections through the router, each with what a correct router does with it. */
import { type Host, INTERNET, type Isp, LAN, type Lab } from "../../test/lab/index.ts";
import { mark, table } from "./screen.ts";

export interface Connection {
  readonly what: string;
  readonly from: Host;
  readonly to: string;
  readonly port: number;
  readonly expected: {
    /** The ISP of both directions; "none" for a connection that stays inside. */
    readonly isp: Isp | "none";
    /** How the answer begins; undefined where nobody is to answer. */
    readonly answer?: string;
    /** The client's address as the server sees it; undefined where the server does not tell. */
    readonly source?: string;
  };
}

const door = (isp: Isp, to: string, port: number, server: string): Connection => ({
  what: `door ${to}:${port}`,
  from: "internet",
  to,
  port,
  expected: { isp, answer: `${server} tcp/${port}`, source: INTERNET.client },
});

export const DOORS: readonly Connection[] = [
  door("isp1", "123.234.1.11", 1494, "server1"),
  door("isp1", "123.234.1.12", 25, "server2"),
  door("isp1", "123.234.1.12", 80, "server2"),
  door("isp1", "123.234.1.13", 80, "server3"),
  door("isp2", "216.111.1.11", 1494, "server1"),
  door("isp2", "216.111.1.12", 25, "server2"),
];

const ownSsh = (isp: Isp, to: string): Connection => ({
  what: `router's ssh ${to}:22`,
  from: "internet",
  to,
  port: 22,
  expected: { isp, answer: "SSH-2.0" },
});

export const ROUTER: readonly Connection[] = [ownSsh("isp1", "123.234.1.10"), ownSsh("isp2", "216.111.1.10")];

export const HAIRPIN: Connection = {
  what: "lanhost -> door 123.234.1.12:80",
  from: "lanhost",
  to: "123.234.1.12",
  port: 80,
  expected: { isp: "none", answer: "server2 tcp/80", source: LAN.router },
};

/** The same door while its ISP is dead. */
export const shut = ({ expected: _, ...door }: Connection): Connection => ({ ...door, expected: { isp: "none" } });

/** The address that a host's own connections carry, by the ISP they leave by. */
const OWN = {
  lanhost: { isp1: "123.234.1.10", isp2: "216.111.1.10" },
  server1: { isp1: "123.234.1.11", isp2: "216.111.1.11" },
  server2: { isp1: "123.234.1.12", isp2: "216.111.1.12" },
  server3: { isp1: "123.234.1.13", isp2: "216.111.1.10" },
} as const;

export function outgoing(isp: "isp1" | "isp2"): Connection[] {
  return (Object.keys(OWN) as (keyof typeof OWN)[]).map((from) => ({
    what: `${from} -> the internet`,
    from,
    to: INTERNET.web,
    port: 80,
    expected: { isp, answer: "internet tcp/80", source: OWN[from][isp] },
  }));
}

export interface Seen {
  readonly connection: Connection;
  readonly completed: boolean;
  readonly asExpected: boolean;
  /** Who answered. */
  readonly answer: string;
  readonly row: readonly string[];
}

export async function tryOne(lab: Lab, connection: Connection): Promise<Seen> {
  const { from, to, port, expected, what } = connection;
  const probe = await lab.connect({ from, to, port });
  const { completed, inbound, outbound, banner = "", peer = "", dropped } = probe;
  const source = peer.split(":")[0]!;
  const asExpected =
    inbound === expected.isp &&
    outbound === expected.isp &&
    dropped.length === 0 &&
    (expected.answer === undefined ? !completed : completed && banner.startsWith(expected.answer)) &&
    (expected.source === undefined || source === expected.source);
  const way = (path: string) => (path === "none" ? "-" : path);
  const answer = completed ? banner.replace(/_.*/, "") : "nobody";
  const row = [what, way(expected.isp), way(inbound), way(outbound), answer, source || "-", mark(asExpected)];
  return { connection, completed, asExpected, answer, row };
}

/** One after another: together they would take each other's time. */
export async function tryAll(lab: Lab, connections: readonly Connection[]): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (const connection of connections) seen.push(await tryOne(lab, connection));
  return seen;
}

export function show(seen: readonly Seen[]): void {
  const head = ["connection", "expected", "seen in", "seen out", "answered by", "source seen", "result"];
  table(
    head,
    seen.map(({ row }) => row),
  );
}
