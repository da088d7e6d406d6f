import type { Hosts } from "./hosts.ts";
import { type Host, INTERNET, type Isp } from "./names.ts";
import { type Paths, pathsOf, seenFlows } from "./observe.ts";
import type { Answer, ConnectionState, Proto } from "./wire.ts";

export interface ConnectOptions {
  readonly from: Host;
  /** The client's address; the internet's first client by default, elsewhere the kernel's choice. */
  readonly source?: string;
  readonly to: string;
  readonly port: number;
  /** tcp by default. */
  readonly proto?: Proto;
  /** How long the whole exchange may take; 10 s by default. */
  readonly timeoutMs?: number;
}

export interface Probe extends Paths {
  /** The server greeted and sent two messages back unchanged; a foreign server (sshd) only has to greet. */
  readonly completed: boolean;
  /** Which server answered. */
  readonly banner: string | undefined;
  /** The client as the server saw it, `address:port`. */
  readonly peer: string | undefined;
  /** The client's own port, unique in the lab: the key to `lab.flows()`. */
  readonly sourcePort: number;
  /** Why it did not complete. */
  readonly error: string | undefined;
}

/** A connection that stays open while the test changes things under it. */
export interface Held extends Probe, AsyncDisposable {
  send(data: string | Uint8Array): Promise<void>;
  /** Sends and waits until every byte sent so far has come back; throws when one is missing, changed or late. */
  echo(data?: string | Uint8Array, timeoutMs?: number): Promise<void>;
  state(): Promise<ConnectionState>;
  /** The ISPs this connection has used up to now. */
  paths(): Promise<Paths>;
  close(): Promise<void>;
}

export interface Prober {
  probe(options: ConnectOptions): Promise<Probe>;
  hold(options: ConnectOptions): Promise<Held>;
}

export const createProber = (id: string, isps: readonly Isp[], hosts: Hosts): Prober => {
  // Above the well-known ports and below Linux' own ephemeral range, which starts at 32768.
  let lastPort = 10_000;
  const nextPort = () => (lastPort = lastPort >= 32_000 ? 10_001 : lastPort + 1);

  const attempt = async (options: ConnectOptions, hold: boolean): Promise<[Probe, Answer]> => {
    const { from, to, port, proto = "tcp", timeoutMs = 10_000 } = options;
    const source = options.source ?? (from === "internet" ? INTERNET.client : undefined);
    const sourcePort = nextPort();
    let answer: Answer = {};
    let error: string | undefined;
    try {
      answer = await hosts.ask(from, { op: "connect", proto, source, sourcePort, to, port, hold, timeoutMs });
    } catch (cause) {
      error = (cause as Error).message;
    }
    const paths = pathsOf(await seenFlows(id, isps), proto, sourcePort);
    const { banner, peer } = answer.greeting ?? {};
    return [{ ...paths, completed: error === undefined, banner, peer, sourcePort, error }, answer];
  };

  const hold = async (options: ConnectOptions): Promise<Held> => {
    const [probe, { handle = -1 }] = await attempt(options, true);
    const { from, proto = "tcp" } = options;
    const close = async () => void (await hosts.ask(from, { op: "close", handle }));
    return {
      ...probe,
      send: async (data) => void (await hosts.ask(from, { op: "send", handle, data: base64(data) })),
      echo: async (data = "still here\n", timeoutMs = 2000) =>
        void (await hosts.ask(from, { op: "echo", handle, data: base64(data), timeoutMs })),
      state: async () => {
        const { open = false, sent = 0, received = 0 } = await hosts.ask(from, { op: "state", handle });
        return { open, sent, received };
      },
      paths: async () => pathsOf(await seenFlows(id, isps), proto, probe.sourcePort),
      close,
      [Symbol.asyncDispose]: close,
    };
  };

  return { probe: async (options) => (await attempt(options, false))[0], hold };
};

const base64 = (data: string | Uint8Array): string => Buffer.from(data).toString("base64");
