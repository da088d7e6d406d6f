import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import type { RouterError } from "../../provider/ssh/errors.ts";
import { type Internals, openSession, type Session } from "../../provider/ssh/session.ts";
import type { RouterSettings } from "../../provider/ssh/settings.ts";
import { startSshd, type TestSshd } from "./sshd.ts";

let sshd: TestSshd;
const sessions: Session[] = [];
const servers: TestSshd[] = [];

async function serve(extra: string[] = [], types?: string[]): Promise<TestSshd> {
  const server = await startSshd(extra, types);
  servers.push(server);
  return server;
}

async function open(settings: RouterSettings, internals?: Internals): Promise<Session> {
  const session = await openSession(settings, internals);
  sessions.push(session);
  return session;
}

const failure = (promise: Promise<unknown>): Promise<RouterError> =>
  promise.then(
    () => {
      throw new Error("it did not fail");
    },
    (error: RouterError) => error,
  );

beforeAll(async () => {
  sshd = await serve();
});

afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.close()));
});

afterAll(() => {
  for (const server of servers) server.stop();
});

test("many scripts are one connection, one login and one channel", async () => {
  const own = await serve();
  const session = await open(own.settings());
  const results = await Promise.all(Array.from({ length: 20 }, (_, i) => session.exchange(`echo ${i}`)));
  expect(results.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 20 }, (_, i) => `${i}\n`));
  expect(session.counts).toEqual({ handshakes: 1, exchanges: 20 });
  expect(own.log().match(/Connection from/g)).toHaveLength(1);
  expect(own.log().match(/Accepted publickey/g)).toHaveLength(1);
  expect(own.log().match(/Starting session/g)).toHaveLength(1);
  expect(own.log()).toMatch(/Starting session: command for root/);
});

test("there is no terminal, and both ends of the connection are known after the first answer", async () => {
  const session = await open(sshd.settings());
  expect(session.client).toBeUndefined();
  const { stdout } = await session.exchange(
    "test -t 0 || test -t 1 || test -t 2 || echo none; echo $SSH_CONNECTION; echo $SSH_TTY$SSH_AUTH_SOCK$DISPLAY",
  );
  const { client, server } = session;
  expect(server).toEqual({ address: "127.0.0.1", port: sshd.port });
  expect(stdout).toBe(`none\n127.0.0.1 ${client!.port} 127.0.0.1 ${sshd.port}\n\n`);
});

test("5 MB of output and 1 MB of script go through whole", async () => {
  const session = await open(sshd.settings());
  const big = await session.exchange(
    "head -c 5000000 /dev/zero | tr '\\0' a; head -c 3000000 /dev/zero | tr '\\0' b >&2",
  );
  expect([big.stdout === "a".repeat(5_000_000), big.stderr === "b".repeat(3_000_000)]).toEqual([true, true]);
  const body = "-A MW -d 10.0.0.1/32 -j ACCEPT\n".repeat(33_000);
  const { stdout } = await session.exchange(`cat <<'E' | cksum\n${body}E`);
  expect(stdout).toBe(execFileSync("cksum", { input: body, encoding: "utf8" }));
});

test("a key that the router does not take is refused, naming the user, the key file and what the router takes", async () => {
  const key = join(sshd.dir, "other");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  const error = await failure(open(sshd.settings({ privateKeyFile: key })));
  expect(error.kind).toBe("auth-refused");
  expect(error.message).toMatch(
    `127.0.0.1:${sshd.port}: logging in as "root": refused: tried the key ${key}; the router takes publickey`,
  );
  expect(error.message).toMatch(/\(multiwan:router\.privateKeyFile in Pulumi\.<stack>\.yaml\)\.$/);
});

test("an unknown host is refused with the fingerprint to pin, and that pin works", async () => {
  const file = join(sshd.dir, "empty");
  writeFileSync(file, "");
  const error = await failure(open(sshd.settings({ hostKey: undefined, knownHostsFile: file })));
  expect(error.kind).toBe("host-key-unknown");
  const pin = /hostKey: "(SHA256:[^"]+)"/.exec(error.message)![1];
  expect(error.message).toContain(`it shows the ssh-ed25519 key ${pin}`);
  expect(execFileSync("ssh-keygen", ["-lf", join(sshd.dir, "host_ed25519")], { encoding: "utf8" })).toContain(pin);
  expect((await (await open(sshd.settings({ hostKey: pin }))).exchange("echo in")).stdout).toBe("in\n");
});

test("a missing known_hosts file trusts nobody, and is named", async () => {
  const error = await failure(open(sshd.settings({ hostKey: undefined, knownHostsFile: "/nonexistent/known" })));
  expect(error.message).toContain("/nonexistent/known has no key for this router (it cannot be read)");
});

test("another key than the pinned one is refused loudly, with both fingerprints, before any login", async () => {
  const own = await serve();
  const pin = `SHA256:${"A".repeat(43)}`;
  const error = await failure(open(own.settings({ hostKey: pin })));
  expect(error.kind).toBe("host-key-changed");
  expect(error.message).toContain("THE HOST KEY HAS CHANGED");
  expect(error.message).toContain(pin);
  expect(error.message.match(/SHA256:/g)).toHaveLength(2);
  expect(own.log()).not.toMatch(/Accepted|Failed|userauth/);
});

test("a router known by its RSA key alone, hashed, is asked for that key", async () => {
  const own = await serve([], ["ed25519", "rsa"]);
  const file = join(own.dir, "known");
  writeFileSync(file, `[127.0.0.1]:${own.port} ${own.hostKeys[1]}\n`);
  execFileSync("ssh-keygen", ["-q", "-H", "-f", file], { stdio: "ignore" });
  const session = await open(own.settings({ hostKey: undefined, knownHostsFile: file }));
  expect(session.algorithms.hostKey).toBe("rsa-sha2-512");
});

test("an old router is refused with the names it offers, and let in by legacyAlgorithms", async () => {
  const old = await serve(
    ["KexAlgorithms diffie-hellman-group14-sha1", "HostKeyAlgorithms ssh-rsa", "Ciphers aes128-cbc", "MACs hmac-sha1"],
    ["rsa"],
  );
  const error = await failure(open(old.settings()));
  expect(error.kind).toBe("no-common-algorithm");
  expect(error.message).toContain("no key exchange algorithm in common; the router offers diffie-hellman-group14-sha1");
  expect(error.message).toContain("multiwan:router.legacyAlgorithms");
  const half = await failure(open(old.settings({ legacyAlgorithms: ["diffie-hellman-group14-sha1"] })));
  expect(half.message).toContain("no host key algorithm in common; the router offers ssh-rsa");
  for (const legacyAlgorithms of [true, ["diffie-hellman-group14-sha1", "ssh-rsa", "aes128-cbc", "hmac-sha1"]]) {
    const session = await open(old.settings({ legacyAlgorithms }));
    expect((await session.exchange("echo in")).stdout).toBe("in\n");
    expect(session.algorithms).toEqual({
      kex: "diffie-hellman-group14-sha1",
      hostKey: "ssh-rsa",
      cipher: "aes128-cbc",
    });
  }
});

test("what rc files and banners say is not output", async () => {
  const rc = join(sshd.dir, "rc");
  writeFileSync(rc, `touch ${rc}.ran; echo Welcome; printf 'no line end'; echo oops >&2; printf '\\n@@ end 0\\n'\n`);
  const noisy = await serve([`SetEnv SHLVL=5 BASH_ENV=${rc}`, `Banner ${rc}`]);
  const session = await open(noisy.settings());
  expect(await session.exchange("echo mine; echo theirs >&2")).toMatchObject({ stdout: "mine\n", stderr: "theirs\n" });
  expect((await session.exchange("bash -c 'echo quiet'")).stdout).toBe("quiet\n");
  expect(session.client?.address).toBe("127.0.0.1");
  expect(existsSync(`${rc}.ran`)).toBe(true);
});

test("a session process that dies in the middle ends all scripts: one unknown, the others not started", async () => {
  const session = await open(sshd.settings());
  const first = failure(session.exchange("kill -9 $PPID; sleep 5", { what: "applying" }));
  const second = failure(session.exchange("echo 2", { what: "reading" }));
  expect(await first).toMatchObject({
    kind: "connection-lost",
    message: expect.stringMatching(/applying: the connection was lost .*not known\.$/),
  });
  expect(await second).toMatchObject({
    kind: "connection-lost",
    message: expect.stringMatching(/reading: .*not started\.$/),
  });
  expect((await failure(session.exchange("true"))).kind).toBe("connection-lost");
});

test("a shell that is killed is told apart from a connection that is lost", async () => {
  const session = await open(sshd.settings());
  await session.exchange("true");
  expect((await failure(session.exchange("kill $$; sleep 1"))).message).toContain(
    "the shell on the router ended by signal SIGTERM",
  );
});

test("a router that falls silent is noticed after four intervals", async () => {
  const session = await open(sshd.settings({ keepAlive: 1 }));
  const pid = (await session.exchange("echo $PPID")).stdout.trim();
  process.kill(Number(pid), "SIGSTOP");
  try {
    const error = await failure(session.exchange("echo never", { what: "reading" }));
    expect(error).toMatchObject({
      kind: "connection-lost",
      message: expect.stringContaining("no sign of life for 4 seconds"),
    });
  } finally {
    process.kill(Number(pid), "SIGKILL");
  }
});

test("signs of life are answered while a script takes long", async () => {
  const session = await open(sshd.settings({ keepAlive: 1 }));
  expect((await session.exchange("sleep 5.6; echo done")).stdout).toBe("done\n");
});

test("a script past its deadline ends the connection", async () => {
  const session = await open(sshd.settings({ exchangeTimeout: 1 }));
  const pid = Number((await session.exchange("echo $PPID")).stdout);
  const error = await failure(session.exchange("sleep 30", { what: "applying" }));
  expect(error).toMatchObject({
    kind: "timeout",
    message: expect.stringContaining("applying: no end after 1 seconds"),
  });
  expect((await failure(session.exchange("true"))).kind).toBe("connection-lost");
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(existsSync(`/proc/${pid}`)).toBe(false);
});

test("a user without a shell is told so, with what the login said", async () => {
  const session = await open(sshd.settings({ user: "nobody", sudo: false }));
  const error = await failure(session.exchange("true", { what: "reading" }));
  expect(error.kind).toBe("no-shell");
  expect(error.message).toMatch(
    /reading: "nobody" got no POSIX shell: .*exit code 1.*\n {2}This account is currently not available\.$/s,
  );
});

test("sudo is used where it is asked for, and its refusals are told apart", async () => {
  const root = await open(sshd.settings({ sudo: true }));
  expect((await root.exchange("id -u; echo $SUDO_UID; echo [$SSH_CONNECTION]")).stdout).toBe("0\n0\n[]\n");
  expect(root.client?.port).toBeGreaterThan(0);

  writeFileSync(join(sshd.dir, "sudo"), "#!/bin/sh\necho 'sudo: a password is required' >&2\nexit 1\n", {
    mode: 0o755,
  });
  const rc = join(sshd.dir, "sudorc");
  writeFileSync(rc, `PATH=${sshd.dir}\n`);
  const asking = await serve([`SetEnv SHLVL=5 BASH_ENV=${rc}`]);
  const refused = await failure((await open(asking.settings({ sudo: true }))).exchange("true"));
  expect(refused).toMatchObject({
    kind: "no-sudo",
    message: expect.stringMatching(/sudo asks for a password\. .*NOPASSWD/),
  });

  writeFileSync(rc, "PATH=/nonexistent\n");
  const missing = await failure((await open(asking.settings({ sudo: true }))).exchange("true"));
  expect(missing).toMatchObject({ kind: "no-sudo", message: expect.stringContaining("there is no sudo") });
});

test("any POSIX shell will do, and a missing one is told", async () => {
  const session = await open(sshd.settings(), { shell: "busybox sh" });
  expect((await session.exchange("echo in")).stdout).toBe("in\n");
  const none = await open(sshd.settings(), { shell: "/bin/missing" });
  expect(await failure(none.exchange("true"))).toMatchObject({
    kind: "no-shell",
    message: expect.stringContaining("No such file"),
  });
});

test("a closed session refuses scripts, ends the running one, and may be closed again", async () => {
  const session = await open(sshd.settings());
  const running = failure(session.exchange("sleep 5"));
  await session.close();
  await session.close();
  expect((await running).message).toMatch(/the session was closed\.$/);
  expect((await failure(session.exchange("true"))).kind).toBe("connection-lost");
});
