import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import ssh2 from "ssh2";
import type { RouterError } from "../../provider/ssh/errors.ts";
import { openSession } from "../../provider/ssh/session.ts";
import { freePort, makeKey, settingsOf, startSshd, type TestSshd } from "./sshd.ts";

/** In every secret of these tests; never in a message. */
const CANARY = "c4n4ry";

let sshd: TestSshd;
const servers: { close(): unknown }[] = [];
let agent: ChildProcess | undefined;

beforeAll(async () => {
  sshd = await startSshd();
});

afterAll(() => {
  sshd.stop();
  agent?.kill();
  for (const server of servers) server.close();
});

async function refusal(changes: Record<string, unknown>): Promise<RouterError> {
  const session = await openSession(sshd.settings(changes)).catch((error: RouterError) => error);
  if (!(session instanceof Error)) {
    await session.close();
    throw new Error("it did not fail");
  }
  const shown = [
    session.message,
    session.stack,
    String(session),
    JSON.stringify(session),
    JSON.stringify(session.cause),
  ].join();
  expect(shown).not.toContain(CANARY);
  return session;
}

async function stdoutOf(changes: Record<string, unknown>): Promise<string> {
  const session = await openSession(sshd.settings(changes));
  try {
    return (await session.exchange("echo in")).stdout;
  } finally {
    await session.close();
  }
}

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as { port: number }).port;
}

test("a refused connection, an unknown name and a silent address are told apart", async () => {
  const port = await freePort();
  expect((await refusal({ port })).message).toBe(
    `127.0.0.1:${port}: connecting to port ${port}: connection refused: nothing listens on port ${port}. ` +
      "Check the port and that sshd runs (multiwan:router.port in Pulumi.<stack>.yaml).",
  );
  const name = await refusal({ host: "no-such-router.invalid", connectTimeout: 10 });
  expect(["unreachable", "timeout"]).toContain(name.kind);
  expect(name.message).toMatch(/no-such-router\.invalid/);
});

test("a server that says nothing is given up after connectTimeout, with what was going on", async () => {
  const port = await listen(createServer((socket) => socket.on("error", () => {})));
  const started = performance.now();
  const error = await refusal({ port, connectTimeout: 1 });
  expect(performance.now() - started).toBeLessThan(2000);
  expect(error).toMatchObject({
    kind: "timeout",
    message: expect.stringContaining("exchanging keys: no answer after 1 seconds"),
  });
});

test("a port without an SSH server is told so", async () => {
  const closing = await listen(createServer((socket) => socket.end()));
  expect(await refusal({ port: closing })).toMatchObject({
    kind: "unreachable",
    message: expect.stringMatching(/before an SSH server answered/),
  });
  const http = await listen(
    createServer((socket) => socket.on("error", () => {}).end("HTTP/1.1 400 Bad Request\r\n\r\n")),
  );
  expect((await refusal({ port: http, connectTimeout: 3 })).message).toMatch(/exchanging keys/);
});

test("a key file that is missing, encrypted, or no key is told before any login", async () => {
  expect((await refusal({ privateKeyFile: "/nonexistent/id" })).message).toContain(
    "reading the private key /nonexistent/id: there is no such file",
  );
  const noKey = join(sshd.dir, "nokey");
  writeFileSync(noKey, `${CANARY}\n`);
  expect((await refusal({ privateKeyFile: noKey })).message).toContain("not a private key in a form that can be read");
  expect((await refusal({ privateKeyFile: undefined, privateKey: CANARY })).message).toContain(
    "multiwan:router.privateKey in",
  );
  const locked = makeKey(join(sshd.dir, "locked"), "ed25519", `${CANARY}-right`);
  expect((await refusal({ privateKeyFile: locked })).message).toMatch(
    /encrypted, and there is no passphrase\. .*privateKeyPassword/,
  );
  expect((await refusal({ privateKeyFile: locked, privateKeyPassword: `${CANARY}-wrong` })).message).toContain(
    "the passphrase is not the right one",
  );
});

test("an encrypted key logs in with its passphrase, from a file and as text", async () => {
  const locked = join(sshd.dir, "same");
  writeFileSync(locked, readFileSync(sshd.key), { mode: 0o600 });
  execFileSync("ssh-keygen", ["-q", "-p", "-P", "", "-N", CANARY, "-f", locked]);
  expect(await stdoutOf({ privateKeyFile: locked, privateKeyPassword: CANARY })).toBe("in\n");
  const privateKey = readFileSync(locked, "utf8");
  expect(await stdoutOf({ privateKeyFile: undefined, privateKey, privateKeyPassword: CANARY })).toBe("in\n");
});

test("an agent logs in: named, or from SSH_AUTH_SOCK where nothing else is given", async () => {
  const agentSocketPath = join(sshd.dir, "agent");
  agent = spawn("ssh-agent", ["-D", "-a", agentSocketPath], { stdio: "ignore" });
  const env = { ...process.env, SSH_AUTH_SOCK: agentSocketPath };
  for (let tries = 0; tries < 100; tries++) {
    try {
      execFileSync("ssh-add", ["-q", sshd.key], { env, stdio: "ignore" });
      break;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  expect(await stdoutOf({ privateKeyFile: undefined, agentSocketPath })).toBe("in\n");
  // It stays here: the router is given no way to ask it.
  const session = await openSession(sshd.settings({ privateKeyFile: undefined, agentSocketPath }));
  expect((await session.exchange("echo [$SSH_AUTH_SOCK]")).stdout).toBe("[]\n");
  await session.close();
  const before = process.env.SSH_AUTH_SOCK;
  process.env.SSH_AUTH_SOCK = agentSocketPath;
  try {
    expect(await stdoutOf({ privateKeyFile: undefined })).toBe("in\n");
    delete process.env.SSH_AUTH_SOCK;
    expect(await refusal({ privateKeyFile: undefined })).toMatchObject({
      kind: "bad-settings",
      message: expect.stringContaining("nothing to log in with"),
    });
  } finally {
    if (before !== undefined) process.env.SSH_AUTH_SOCK = before;
  }
});

test("a dead agent is told, and does not get in the way of a key", async () => {
  const agentSocketPath = "/nonexistent/agent";
  const error = await refusal({ privateKeyFile: undefined, agentSocketPath });
  expect(error).toMatchObject({ kind: "auth-refused", message: expect.stringContaining("the agent did not answer") });
  expect(await stdoutOf({ agentSocketPath })).toBe("in\n");
});

/** A server of its own for passwords: sshd would ask the accounts of this machine. */
async function passwordServer(methods: readonly string[]): Promise<number> {
  const server = new ssh2.Server({ hostKeys: [readFileSync(join(sshd.dir, "host_ed25519"))] }, (client) => {
    client.on("error", () => {});
    client.on("authentication", (context) => {
      if (!methods.includes(context.method)) return context.reject([...methods] as never);
      if (context.method === "password" && context.password === CANARY) return context.accept();
      if (context.method === "keyboard-interactive") {
        return context.prompt([{ prompt: "Password: ", echo: false }], ([answer]) =>
          answer === CANARY ? context.accept() : context.reject(),
        );
      }
      return context.reject([...methods] as never);
    });
    client.on("session", (accept) =>
      accept().on("exec", (acceptExec, _, { command }) => {
        const stream = acceptExec();
        const child = spawn("/bin/sh", ["-c", command]);
        stream.pipe(child.stdin);
        child.stdout.pipe(stream);
        child.stderr.pipe(stream.stderr);
      }),
    );
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as { port: number }).port;
}

test.each(["password", "keyboard-interactive"])(
  "a password logs in by %s, and a wrong one is refused unseen",
  async (method) => {
    const port = await passwordServer([method]);
    expect(await stdoutOf({ port, privateKeyFile: undefined, password: CANARY })).toBe("in\n");
    const error = await refusal({ port, privateKeyFile: undefined, password: `${CANARY}-wrong` });
    expect(error).toMatchObject({
      kind: "auth-refused",
      message: expect.stringMatching(/tried .*the password.*Check the user and the password/),
    });
  },
);

test("an idle session lets the process end, and the modules load by require", () => {
  const settings = settingsOf({ ...sshd.settings(), keepAlive: 1 });
  const script = `
    const { openSession } = require(${JSON.stringify(join(import.meta.dirname, "../../provider/ssh/session.ts"))});
    openSession(${JSON.stringify(settings)})
      .then((session) => session.exchange("echo in"))
      .then(({ stdout }) => process.stdout.write(stdout));
  `;
  // An open session would hold the process for ever: the time out is far behind what a slow machine needs.
  expect(execFileSync(process.execPath, ["-e", script], { encoding: "utf8", timeout: 60_000 })).toBe("in\n");
});
