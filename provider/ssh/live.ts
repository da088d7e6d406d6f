import type { Socket } from "node:net";
import type { Client, ClientChannel } from "ssh2";
import type { Script } from "../dialects/script.ts";
import { type ExchangeOptions, type ExchangeResult, shellChannel } from "./channel.ts";
import { RouterError } from "./errors.ts";
import type { SshFault } from "./faults.ts";
import type { HostKey } from "./hostkey.ts";
import { keepAlive } from "./keepalive.ts";
import type { Agreed, Link } from "./link.ts";
import { type RouterSettings, routerName, shellCommand } from "./settings.ts";
import { type Endpoint, type Ends, plainAddress, readEnds } from "./shell.ts";
import { lostFault, noShellFault, shellEndedFault } from "./shellend.ts";

/** A root shell on one router: one TCP connection, one handshake, one channel. */
export interface Session {
  /** `host` or `host:port`, for messages. */
  readonly router: string;
  /**
   * Runs one script, after those before it, and returns what it printed. A non-zero exit code is a result, not an error.
   * @throws {RouterError} `timeout`, `connection-lost`, `no-shell`, `no-sudo`: the session is unusable from then on;
   * `not-understood` for a syntax error: nothing has run, and the session goes on.
   */
  exchange(script: Script | string, options?: ExchangeOptions): Promise<ExchangeResult>;
  readonly counts: { readonly handshakes: number; readonly exchanges: number };
  /** Our end, from SSH_CONNECTION; undefined before the first answer, or where the router does not say. */
  readonly client: Endpoint | undefined;
  /** The router's end that we came in by, from the same source. */
  readonly server: Endpoint | undefined;
  /** The other end as it is seen from here: before any address translation on the way. */
  readonly peer: Endpoint | undefined;
  readonly algorithms: Agreed;
  /** What the server called itself: another one in its place would say something else. */
  readonly greeting: string | undefined;
  /** The host key that it has shown and proved. */
  readonly hostKey: HostKey | undefined;
  /** Ends the session; scripts under way are refused. Safe to call twice. */
  close(): Promise<void>;
}

/** Milliseconds that a router gets to say goodbye. */
const GOODBYE = 1000;

/** Joins a connection and its shell into a session, and watches over both until one of them ends. */
export function startSession(
  settings: RouterSettings,
  socket: Socket,
  link: Link,
  stream: ClientChannel,
  nonce: string,
): Session {
  const router = routerName(settings);
  let ends: Ends | undefined;
  const who = { router, user: settings.user, command: shellCommand(settings, "/bin/sh") };
  const hangUp = () => {
    stopAsking();
    socket.destroy();
  };
  const onLost = (fault: SshFault) => {
    stopAsking();
    channel.fail((what, state) => lostFault(router, fault, what, state));
  };
  const stopAsking = keepAlive(
    socket,
    settings.keepAlive,
    // Any server answers any global request; this one asks for nothing. ssh2 has no public ping.
    () => link.client.unforwardIn("", 0, () => {}),
    (seconds) => {
      onLost({ message: `no sign of life for ${seconds} seconds` });
      hangUp();
    },
  );
  const channel = shellChannel(
    { stdin: stream, stdout: stream, stderr: stream.stderr },
    {
      router,
      timeoutMs: settings.exchangeTimeout * 1000,
      onGreeting: (text) => {
        ends = readEnds(text, nonce);
      },
      // An idle session must not keep the process alive.
      onBusy: (busy) => (busy ? socket.ref() : socket.unref()),
      onBroken: hangUp,
    },
  );
  socket.unref();
  link.onFault = onLost;
  if (link.fault !== undefined) onLost(link.fault);
  stream.on("error", (error: Error) => onLost({ message: error.message }));
  // "exit" may have come and gone with the answer to exec; "close" waits for its reader, and tells the same.
  stream.on("close", (exitCode?: number | null, signal?: string) => {
    const end = { exitCode: exitCode ?? undefined, signal };
    const said = channel.lastWords();
    channel.fail((what, state) =>
      channel.answered() ? shellEndedFault(router, end, what, state, said) : noShellFault(who, end, what, said),
    );
    hangUp();
  });

  return {
    router,
    exchange: channel.exchange,
    get counts() {
      return { handshakes: 1, exchanges: channel.exchanges() };
    },
    get client() {
      return ends?.client;
    },
    get server() {
      return ends?.server;
    },
    peer: peerOf(socket),
    algorithms: link.algorithms,
    greeting: link.greeting,
    hostKey: link.hostKey,
    async close() {
      channel.fail((what) => new RouterError("connection-lost", { router, what, why: "the session was closed" }));
      stopAsking();
      await goodbye(link.client, stream, socket);
    },
  };
}

function peerOf({ remoteAddress, remotePort }: Socket): Endpoint | undefined {
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  return { address: plainAddress(remoteAddress), port: remotePort };
}

async function goodbye(client: Client, stream: ClientChannel, socket: Socket): Promise<void> {
  if (socket.destroyed) return;
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const late = setTimeout(() => socket.destroy(), GOODBYE);
  socket.ref();
  stream.end();
  client.end();
  await closed;
  clearTimeout(late);
}
