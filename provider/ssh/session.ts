import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { NodeSSH } from "node-ssh";
import { hostKeyAlgorithms, offer } from "./algorithms.ts";
import { type Attempt, newAttempt, nextMethod } from "./attempt.ts";
import { dial } from "./dial.ts";
import { RouterError } from "./errors.ts";
import { connectFault, type SshFault } from "./faults.ts";
import { type HostKey, hostKeyOf, judgeHostKey, onlyKey, orderHostKeys, type Trust } from "./hostkey.ts";
import type { Link } from "./link.ts";
import { type Session, startSession } from "./live.ts";
import { type Login, readLogin } from "./login.ts";
import type { Way } from "./probe-settings.ts";
import { type RouterSettings, shellCommand } from "./settings.ts";
import { runNothing, startShell } from "./shell.ts";
import { anotherMachine, hostKeyError, readTrust } from "./trust.ts";

export type { ExchangeOptions, ExchangeResult } from "./channel.ts";
export type { Session } from "./live.ts";
export type { Endpoint } from "./shell.ts";

/** For tests: another shell than /bin/sh. */
export interface Internals {
  readonly shell?: string;
}

/**
 * Connects, checks the host key, logs in and starts a shell, all within `connectTimeout`. The shell is first heard with
 * the first exchange, which therefore is the one to report a missing shell or sudo.
 * @throws {RouterError}
 */
export async function openSession(settings: RouterSettings, { shell = "/bin/sh" }: Internals = {}): Promise<Session> {
  const attempt = newAttempt(settings);
  const { socket, link, value } = await reach(attempt, settings, async (link) => {
    const nonce = randomBytes(16).toString("hex");
    return { nonce, stream: await startShell(link, nonce, shellCommand(settings, shell), attempt) };
  });
  return startSession(settings, socket, link, value.stream, value.nonce);
}

/**
 * A whole login on a connection of its own, by another way to the same router: it has to show a host key of the router's.
 * @param known the one key that it may show; else what the settings trust
 * @returns the key that it has shown
 * @throws {RouterError}
 */
export async function tryLogin(
  settings: RouterSettings,
  { host, port }: Way,
  known?: HostKey,
): Promise<HostKey | undefined> {
  const attempt = newAttempt({ ...settings, host, port });
  const trust = known && onlyKey(known, "this session");
  try {
    const { socket, link } = await reach(attempt, settings, (link) => runNothing(link, attempt), trust);
    link.client.end();
    socket.unref();
    return link.hostKey;
  } catch (error) {
    const shown = attempt.hostKey;
    if (known === undefined || shown === undefined || shown.fingerprint === known.fingerprint) throw error;
    // The advice of a first login, to replace the old key, would be the wrong one here.
    const parts = { router: attempt.router, what: "checking the host key", why: anotherMachine(shown, known) };
    throw new RouterError("host-key-changed", parts);
  }
}

/** Connects to where `attempt` says, checks the host key against what `known` says, logs in, and does one thing more. */
async function reach<T>(
  attempt: Attempt,
  known: RouterSettings,
  andThen: (link: Link) => Promise<T>,
  only?: Trust,
): Promise<{ socket: Socket; link: Link; value: T }> {
  const { settings } = attempt;
  const login = await readLogin(settings, attempt.router);
  const trust = only ?? (await readTrust(known));
  const { socket, connected } = dial(settings.host, settings.port, attempt.router);
  let deadline: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    deadline = setTimeout(() => reject(connectTimeout(attempt)), settings.connectTimeout * 1000);
  });
  const opening = connected.then(async () => {
    const link = await handshake(socket, login, trust, attempt);
    return { socket, link, value: await andThen(link) };
  });
  try {
    return await Promise.race([opening, late]);
  } catch (error) {
    opening.catch(() => {});
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(deadline);
  }
}

function connectTimeout({ router, stage, settings }: Attempt): RouterError {
  const why = `no answer after ${settings.connectTimeout} seconds`;
  const hint = "Check the address and any firewall between, or raise the deadline";
  return new RouterError("timeout", { router, what: stage, why, hint, setting: "connectTimeout" });
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
      if (fault.level !== "agent") reject(refusal ?? connectFault(fault, attempt));
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
        attempt.hostKey = hostKeyOf(key);
        const verdict = judgeHostKey(key, trust);
        if (verdict.is !== "trusted") refusal = hostKeyError(router, verdict, trust);
        return verdict.is === "trusted";
      },
      debug: (line) => {
        const found = /^Handshake: \(remote\) ([^:]+): (.*)$/.exec(line);
        if (found) attempt.offered.set(found[1]!, found[2]!);
        attempt.greeting ??= /^Remote ident: '([ -&(-[\]-~]*)'$/.exec(line)?.[1];
      },
      // Our own deadline covers more than ssh2's.
      readyTimeout: 0,
    });
    connecting.catch(fail);
    // node-ssh has made its client by now, and takes its own error listener away once the client is ready.
    const client = ssh.connection;
    if (client === null) return;
    const link: Link = {
      client,
      algorithms: { kex: "", hostKey: "", cipher: "" },
      greeting: undefined,
      hostKey: undefined,
      fault: undefined,
      onFault: undefined,
    };
    const broken = (fault: SshFault) => {
      if (fault.level === "agent") {
        attempt.agentFault = "the agent did not answer";
        return;
      }
      fail(fault);
      link.fault ??= fault;
      link.onFault?.(fault);
    };
    client.on("error", broken);
    client.once("end", () => broken(CLOSED));
    client.once("close", () => broken(CLOSED));
    client.once("handshake", (agreed) => {
      attempt.stage = `logging in as "${settings.user}"`;
      link.greeting = attempt.greeting;
      link.hostKey = attempt.hostKey;
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
