/** The other end of the connection: one that speaks old algorithms, and one whose words try to be more than words. */
import { createServer, type Server } from "node:net";
import { afterAll, expect, test } from "@jest/globals";
import { greetingOf } from "../../provider/ssh/probe.ts";
import { openSession } from "../../provider/ssh/session.ts";
import { newProof } from "../../provider/transact/proof.ts";
import { startLab } from "../lab/index.ts";
import { direct } from "../rows/direct.ts";
import { settingsOf } from "../ssh/sshd.ts";
import { CONTROL } from "./hostile.ts";

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
});

async function saying(text: string): Promise<number> {
  const server = createServer((socket) => socket.on("error", () => {}).end(text));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as { port: number }).port;
}

test("a router that knows old algorithms only is refused, and with them allowed each run says so", async () => {
  await using lab = await startLab({ sshdConfig: ["KexAlgorithms diffie-hellman-group14-sha1"] });
  const stack = await direct(lab);
  stack.resources = [{ kind: "FwmarkRule", name: "one", args: { mark: 1, mask: 0xff, table: 77, priority: 900 } }];
  expect((await stack.preview()).failures.one).toContain("multiwan:router.legacyAlgorithms");
  stack.router = { ...stack.router, legacyAlgorithms: ["diffie-hellman-group14-sha1"] };
  for (const run of [() => stack.up(), () => stack.preview()]) {
    const { code, text } = await run();
    expect(code).toBe(0);
    expect(text).toMatch(
      /: the connection is no safer than diffie-hellman-group14-sha1, which are broken or soon will be/,
    );
  }
});

test.each([
  ["escapes in its greeting", "SSH-2.0-\u001b[2J\u009b31m\u202e x\r\n"],
  ["64 KB of greeting", `SSH-2.0-${"\u001b[2J".repeat(20_000)}\r\n`],
  ["escapes before it", `${"\u001b]0;owned\u0007\r\n".repeat(50)}SSH-2.0-x\r\n`],
  ["no SSH at all", "\u001b[2J\u0000$(touch /canary)\r\n"],
])("a server with %s is told in plain text", async (_what, text) => {
  const port = await saying(text);
  const settings = settingsOf({ host: "127.0.0.1", port, password: "x", connectTimeout: 5 });
  const failed = await openSession(settings).catch((error: Error) => error);
  expect(failed).toBeInstanceOf(Error);
  expect(CONTROL.test((failed as Error).message)).toBe(false);
  expect((failed as Error).message.length).toBeLessThan(2000);
  const answer = await greetingOf({ host: "127.0.0.1", port });
  expect("greeting" in answer ? answer.greeting.length : 0).toBeLessThan(256);
  // Odd signs are not compared, and so never shown.
  for (const by of ["banner", "hostKey"]) {
    const probing = settingsOf({ host: "127.0.0.1", port, password: "x", connectTimeout: 5, probe: by });
    const shut = await newProof(probing).after({ greeting: "SSH-2.0-OpenSSH_9.2p1", hostKey: undefined });
    expect(CONTROL.test(shut?.why ?? "")).toBe(false);
    expect((shut?.why ?? "").length).toBeLessThan(1000);
  }
});
