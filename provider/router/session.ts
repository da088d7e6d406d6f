import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { NodeSSH } from "node-ssh";
import type { Client, ClientChannel } from "ssh2";
import { hostKeyAlgorithms, offer } from "./algorithms.ts";
import { type Attempt, newAttempt, nextMethod } from "./attempt.ts";
import { type ExchangeOptions, type ExchangeResult, shellChannel } from "./channel.ts";
import { dial } from "./dial.ts";
import { RouterError } from "./errors.ts";
import { connectFault, type SshFault } from "./faults.ts";
import { judgeHostKey, orderHostKeys, type Trust } from "./hostkey.ts";
import { keepAlive } from "./keepalive.ts";
import { type Login, readLogin } from "./login.ts";
import type { RouterSettings } from "./settings.ts";
import { type Endpoint, type Ends, readEnds, startShell } from "./shell.ts";
import { lostFault, noShellFault, type ShellEnd, shellEndedFault } from "./shellend.ts";
import { hostKeyError, readTrust } from "./trust.ts";

export type { ExchangeOptions, ExchangeResult } from "./channel.ts";
export type { Endpoint } from "./shell.ts";

/** A root shell on one router: one TCP connection, one handshake, one channel. */
export interface Session {
  /** `host` or `host:port`, for messages. */
  readonly router: string;
  /**
   * Runs one script, after those before it, and returns what it printed. A non-zero exit code is a result, not an error.
   * @throws {RouterError} `timeout`, `connection-lost`, `no-shell`, `no-sudo`: the session is unusable from then on;
   * `not-understood` for a syntax error: nothing has run, and the session goes on.
   */
  exchange(script: string, options?: ExchangeOptions): Promise<ExchangeResult>;
  readonly counts: { readonly handshakes: number; readonly exchanges: number };
  /** Our end, from SSH_CONNECTION; undefined before the first answer, or where the router does not say. */
  readonly client: Endpoint | undefined;
  /** The router's end that we came in by, from the same source. */
  readonly server: Endpoint | undefined;
  /** The algorithms agreed on: worth telling where they are old ones. */
  readonly algorithms: { readonly kex: string; readonly hostKey: string; readonly cipher: string };
  /** Ends the session; scripts under way are refused. Safe to call twice. */
  close(): Promise<void>;
}

/** For tests: another shell than /bin/sh. */
export interface Internals {
  readonly shell?: string;
}

/** Milliseconds that a router gets to say goodbye. */
const GOODBYE = 1000;

/**
 * Connects, checks the host key, logs in and starts a shell, all within `connectTimeout`. The shell is first heard with
 * the first exchange, which therefore is the one to report a missing shell or sudo.
 * @throws {RouterError}
 */
export async function openSession(settings: RouterSettings, { shell = "/bin/sh" }: Internals = {}): Promise<Session> {
  const attempt = newAttempt(settings);
  const login = await readLogin(settings, attempt.router);
  const trust = await readTrust(settings);
  const { socket, connected } = dial(settings.host, settings.port, attempt.router);
  let deadline: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    deadline = setTimeout(() => reject(connectTimeout(attempt)), settings.connectTimeout * 1000);
  });
  const opening = connected.then(async () => {
    const link = await handshake(socket, login, trust, attempt);
    const nonce = randomBytes(16).toString("hex");
    return { link, nonce, stream: await startShell(link.client, nonce, needsSudo(settings), shell, attempt) };
  });
  try {
    const { link, nonce, stream } = await Promise.race([opening, late]);
    return startSession(settings, attempt.router, socket, link, stream, nonce);
  } catch (error) {
    opening.catch(() => {});
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(deadline);
  }
}

function needsSudo({ sudo, user }: RouterSettings): boolean {
  return sudo === "auto" ? user !== "root" : sudo;
}

function connectTimeout({ router, stage, settings }: Attempt): RouterError {
  const why = `no answer after ${settings.connectTimeout} seconds`;
  const hint = "Check the address and any firewall between, or raise the deadline";
  return new RouterError("timeout", { router, what: stage, why, hint, setting: "connectTimeout" });
}

/** A connection that is logged in. */
interface Link {
  readonly ssh: NodeSSH;
  readonly client: Client;
  readonly algorithms: Session["algorithms"];
  /** Set by the owner: called when the connection breaks, maybe more than once. */
  onLost: (fault: SshFault) => void;
}

const CLOSED: SshFault = { message: "closed by the router", level: "client-socket" };

/** Key exchange, host key, login: on a socket that is connected. Rejects with a RouterError. */
function handshake(socket: Socket, login: Login, trust: Trust, attempt: Attempt): Promise<Link> {
  const { settings, router } = attempt;
  const ssh = new NodeSSH();
  attempt.stage = "exchanging keys";
  return new Promise((resolve, reject) => {
    let refusal: RouterError | undefined;
    const fail = (fault: SshFault) => {
      // ssh2 goes on with the next way to log in when the agent fails; node-ssh gives up.
      if (fault.level === "agent") attempt.agentFault = "the agent did not answer";
      else reject(refusal ?? connectFault(fault, attempt));
    };
    const connecting = ssh.connect({
      sock: socket,
      username: settings.user,
      ...(login.privateKey !== undefined && { privateKey: login.privateKey }),
      ...(login.passphrase !== undefined && { passphrase: login.passphrase }),
      ...(login.agent !== undefined && { agent: login.agent }),
      ...(login.password !== undefined && { password: login.password }),
      tryKeyboard: login.password !== undefined,
      onKeyboardInteractive: (_name, _instructions, _language, prompts, finish) =>
        finish(prompts.length === 1 && prompts[0]!.echo !== true ? [login.password ?? ""] : []),
      authHandler: nextMethod(login, attempt),
      algorithms: offer(settings.legacyAlgorithms, orderHostKeys(hostKeyAlgorithms(settings.legacyAlgorithms), trust)),
      hostVerifier: (key: Buffer) => {
        const verdict = judgeHostKey(key, trust);
        if (verdict.is !== "trusted") refusal = hostKeyError(router, verdict, trust);
        return verdict.is === "trusted";
      },
      debug: (line) => {
        const found = /^Handshake: \(remote\) ([^:]+): (.*)$/.exec(line);
        if (found) attempt.offered.set(found[1]!, found[2]!);
      },
      // Our own deadline covers more than ssh2's.
      readyTimeout: 0,
    });
    connecting.catch(fail);
    // node-ssh has made its client by now, and takes its own error listener away once the client is ready.
    const client = ssh.connection;
    if (client === null) return;
    const link = { ssh, client, algorithms: { kex: "", hostKey: "", cipher: "" }, onLost: (_: SshFault) => {} };
    const broken = (fault: SshFault) => {
      fail(fault);
      link.onLost(fault);
    };
    client.on("error", broken);
    client.once("end", () => broken(CLOSED));
    client.once("close", () => broken(CLOSED));
    client.once("handshake", (agreed) => {
      attempt.stage = `logging in as "${settings.user}"`;
      link.algorithms = { kex: agreed.kex, hostKey: agreed.serverHostKey, cipher: agreed.cs.cipher };
    });
    client.once("change password", () =>
      fail({ level: "client-authentication", message: "the password has expired and must be changed" }),
    );
    client.once("ready", () => {
      attempt.stage = "starting the shell";
      resolve(link);
    });
  });
}

function startSession(
  settings: RouterSettings,
  router: string,
  socket: Socket,
  link: Link,
  stream: ClientChannel,
  nonce: string,
): Session {
  let ends: Ends | undefined;
  let shellEnd: ShellEnd = {};
  const who = { router, user: settings.user, sudo: needsSudo(settings) };
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
  link.onLost = onLost;
  stream.on("error", (error: Error) => onLost({ message: error.message }));
  stream.on("exit", (exitCode: number | null, signal?: string) => {
    shellEnd = { exitCode: exitCode ?? undefined, signal };
  });
  stream.on("close", () => {
    const said = channel.lastWords();
    channel.fail((what, state) =>
      channel.answered()
        ? shellEndedFault(router, shellEnd, what, state, said)
        : noShellFault(who, shellEnd, what, said),
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
    algorithms: link.algorithms,
    async close() {
      channel.fail((what) => new RouterError("connection-lost", { router, what, why: "the session was closed" }));
      stopAsking();
      await goodbye(link.ssh, stream, socket);
    },
  };
}

async function goodbye(ssh: NodeSSH, stream: ClientChannel, socket: Socket): Promise<void> {
  if (socket.destroyed) return;
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const late = setTimeout(() => socket.destroy(), GOODBYE);
  socket.ref();
  stream.end();
  ssh.dispose();
  await closed;
  clearTimeout(late);
}
