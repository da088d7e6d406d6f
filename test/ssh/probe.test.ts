import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { RouterError } from "../../provider/ssh/errors.ts";
import { greetingOf } from "../../provider/ssh/probe.ts";
import { openSession, tryLogin } from "../../provider/ssh/session.ts";
import { freePort, startSshd, type TestSshd } from "./sshd.ts";

let sshd: TestSshd;
const servers: Server[] = [];
beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => {
  sshd.stop();
  for (const server of servers) server.close();
});

/** Says one thing to whoever connects. */
async function saying(text: string): Promise<number> {
  const server = createServer((socket) => socket.on("error", () => {}).end(text));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as { port: number }).port;
}
const at = (port: number) => ({ host: "127.0.0.1", port });

test("a real server greets a new connection as it greeted the session, without a login", async () => {
  const session = await openSession(sshd.settings());
  await session.exchange("true");
  await session.close();
  expect(session.greeting).toMatch(/^SSH-2\.0-OpenSSH/);
  expect(await greetingOf(at(sshd.port))).toEqual({ greeting: session.greeting });
  expect(sshd.log().match(/Accepted publickey/g)).toHaveLength(1);
});

test("lines before the greeting are no part of it; what is no SSH server does not greet", async () => {
  expect(await greetingOf(at(await saying("Welcome\r\nSSH-2.0-x y\r\n")))).toEqual({ greeting: "SSH-2.0-x y" });
  expect(await greetingOf(at(await saying("HTTP/1.1 400 Bad Request\r\n\r\n")))).toEqual({
    why: "closed before it greeted",
  });
  expect(await greetingOf(at(await freePort()))).toEqual({ why: "ECONNREFUSED" });
});

test("a login is a whole one, and the router has to show its own host key wherever it is reached", async () => {
  const logins = () => sshd.log().match(/Accepted publickey/g)?.length ?? 0;
  const before = logins();
  await tryLogin(sshd.settings({ host: "127.0.0.5" }), at(sshd.port));
  expect(logins()).toBe(before + 1);
  expect(sshd.log()).toMatch(/Starting session: command for root/);
  // known_hosts has the router by the name of the settings, and no line for its other addresses.
  const knownHostsFile = join(sshd.dir, "known");
  writeFileSync(knownHostsFile, `[127.0.0.1]:${sshd.port} ${sshd.hostKeys[0]}\n`);
  await tryLogin(sshd.settings({ hostKey: undefined, knownHostsFile }), { host: "localhost", port: sshd.port });
  expect(logins()).toBe(before + 2);
  const other = await startSshd();
  const failed = await tryLogin(sshd.settings(), at(other.port)).catch((error: RouterError) => error);
  other.stop();
  expect(failed).toMatchObject({ kind: "host-key-changed" });
  expect(other.log()).not.toMatch(/Accepted/);
  const refused = await tryLogin(sshd.settings({ user: "nobody-like-that" }), at(sshd.port)).catch(
    (e: RouterError) => e,
  );
  expect(refused).toMatchObject({ kind: "auth-refused" });
});
