import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { hostKeyAt } from "../../provider/ssh/key-exchange.ts";
import { openSession } from "../../provider/ssh/session.ts";
import { freePort, settingsOf, startSshd, type TestSshd } from "./sshd.ts";

let sshd: TestSshd;
let other: TestSshd;
const servers: Server[] = [];
beforeAll(async () => {
  [sshd, other] = await Promise.all([startSshd([], ["ed25519", "rsa"]), startSshd([], ["ed25519", "rsa"])]);
});
afterAll(() => {
  sshd.stop();
  other.stop();
  for (const server of servers) server.close();
});

const plain = settingsOf({ host: "r1" });
const at = (port: number) => ({ host: "127.0.0.1", port });
const sessionWith = async (hostKey: string) => {
  const session = await openSession(sshd.settings({ hostKey }));
  await session.close();
  return session;
};

/** Says one thing to whoever connects, and ends or stays. */
async function saying(text: string, stays = false): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => {}).write(text);
    if (!stays) socket.end();
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as { port: number }).port;
}

test.each([0, 1])(
  "it meets the key that the session met, of whatever kind, and never tries to log in (%i)",
  async (kind) => {
    const session = await sessionWith(sshd.hostKeys[kind]!);
    const logins = () => sshd.log().match(/Accepted|Failed|Invalid user|authenticat(ing|ed)/gi)?.length ?? 0;
    const before = logins();
    const answer = await hostKeyAt(plain, at(sshd.port), session.hostKey);
    expect(answer).toEqual({ greeting: session.greeting, hostKey: session.hostKey });
    expect(logins()).toBe(before);
    expect(session.hostKey!.type).toBe(["ssh-ed25519", "ssh-rsa"][kind]);
  },
);

test("another machine with the same greeting shows another key", async () => {
  const { greeting, hostKey } = await sessionWith(sshd.hostKeys[0]!);
  const answer = await hostKeyAt(plain, at(other.port), hostKey);
  expect(answer).toMatchObject({ greeting, hostKey: { type: hostKey!.type } });
  expect(answer).not.toMatchObject({ hostKey });
});

test("what does not come to a key is told in the words of a greeting that does not come", async () => {
  expect(await hostKeyAt(plain, at(await freePort()), undefined)).toEqual({ why: "ECONNREFUSED" });
  expect(await hostKeyAt(plain, at(await saying("")), undefined)).toEqual({ why: "closed before it greeted" });
  expect(await hostKeyAt(plain, at(await saying("HTTP/1.1 400 Bad Request\r\n\r\n")), undefined)).toEqual({
    why: "closed before it greeted",
  });
  expect(await hostKeyAt(plain, at(await saying("SSH-2.0-x\r\n")), undefined)).toEqual({
    why: 'closed after the greeting "SSH-2.0-x", before it showed a host key',
  });
});
