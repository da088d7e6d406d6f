import { expect, test } from "@jest/globals";
import { RouterError } from "../../provider/ssh/errors.ts";
import type { HostKey } from "../../provider/ssh/hostkey.ts";
import { type Asking, newProof } from "../../provider/transact/proof.ts";
import { settingsOf } from "../ssh/sshd.ts";

const GREETING = "SSH-2.0-OpenSSH_9.2p1";
const KEY: HostKey = { type: "ssh-ed25519", fingerprint: "SHA256:router" };
const OTHER: HostKey = { type: "ssh-ed25519", fingerprint: "SHA256:other" };
/** What the session showed. */
const SESSION = { greeting: GREETING, hostKey: KEY };
const SILENT = { why: "no answer within 10 seconds" };

/** Asks nobody; `shut` names the ways that do not answer, and `asked` lists what was asked. */
function played() {
  const shut = new Set<string>();
  const asked: string[] = [];
  const state = { shut, asked, greeting: GREETING, hostKey: KEY };
  const asking: Asking = {
    banner: async ({ host, port }) => {
      asked.push(`banner ${host}:${port}`);
      return shut.has(host) ? SILENT : { greeting: state.greeting };
    },
    hostKey: async (_, { host, port }, known) => {
      asked.push(`${known?.type ?? "any"} ${host}:${port}`);
      return shut.has(host) ? SILENT : { greeting: state.greeting, hostKey: state.hostKey };
    },
    login: async (_, { host, port }) => {
      asked.push(`login ${host}:${port}`);
      if (shut.has(host)) throw new RouterError("unreachable", { router: host, what: "connecting", why: "no answer" });
      return state.hostKey;
    },
  };
  return { ...state, state, asking };
}

const proofOf = (probe: unknown, asking: Asking) => newProof(settingsOf({ host: "r1", probe }), asking);

test("without a setting the host key at the router's own address is the proof", async () => {
  const { asking, asked, shut, state } = played();
  const proof = proofOf(undefined, asking);
  expect(await proof.after(SESSION)).toBeUndefined();
  shut.add("r1");
  expect(await proof.after(SESSION)).toMatchObject({ why: "no answer within 10 seconds" });
  shut.clear();
  // The same build of sshd on another machine.
  state.hostKey = OTHER;
  expect(await proof.after(SESSION)).toEqual({
    what: "after the change a new connection from here no longer gets in",
    why: "another machine answers there: its host key is the ssh-ed25519 key SHA256:other, the router's is the ssh-ed25519 key SHA256:router",
  });
  expect(asked).toEqual(Array(4).fill("ssh-ed25519 r1:22"));
  expect(proof.counts).toEqual({ banners: 0, exchanges: 4, logins: 0 });
});

test("a further way is held to the machine that it led to before, and named where that is another than the router", async () => {
  const { asking, state } = played();
  state.hostKey = OTHER;
  const proof = proofOf({ paths: ["10.1.0.1"] }, asking);
  await proof.before(SESSION);
  expect(proof.warnings).toEqual([
    expect.stringMatching(
      /^10\.1\.0\.1 \(.*paths\[0\]\) does not lead to the SSH server of r1: another machine answers there: /,
    ),
  ]);
  expect(await proof.after({ ...SESSION, hostKey: OTHER })).toBeUndefined();
  state.hostKey = KEY;
  expect(await proof.after(SESSION)).toMatchObject({ what: expect.stringContaining("to 10.1.0.1") });
});

test("by banner the greeting of the router's own address is the proof", async () => {
  const { asking, asked, shut } = played();
  const proof = proofOf("banner", asking);
  await proof.before(SESSION);
  expect(asked).toEqual([]);
  expect(await proof.after(SESSION)).toBeUndefined();
  shut.add("r1");
  expect(await proof.after(SESSION)).toEqual({
    what: "after the change a new connection from here no longer gets in",
    why: "no answer within 10 seconds",
  });
  // One lost packet is not a lock-out.
  expect(asked).toEqual(["banner r1:22", "banner r1:22", "banner r1:22"]);
  expect(proof.counts).toEqual({ banners: 3, exchanges: 0, logins: 0 });
});

test("a further way that was open before has to be open afterwards", async () => {
  const { asking, asked, shut } = played();
  const proof = proofOf({ by: "banner", paths: ["10.1.0.1", "10.2.0.1:2222"] }, asking);
  await proof.before(SESSION);
  await proof.before(SESSION);
  expect(asked).toEqual(["banner 10.1.0.1:22", "banner 10.2.0.1:2222"]);
  expect(await proof.after(SESSION)).toBeUndefined();
  expect(asked.slice(2)).toEqual(["banner r1:22", "banner 10.1.0.1:22", "banner 10.2.0.1:2222"]);
  shut.add("10.2.0.1");
  expect(await proof.after(SESSION)).toMatchObject({
    what: "after the change a new connection from here to 10.2.0.1:2222 (multiwan:router.probe.paths[1]) no longer gets in",
  });
});

test("one that was shut before is named, and no change is held to it", async () => {
  const { asking, asked, shut } = played();
  shut.add("10.1.0.1");
  const proof = proofOf({ by: "banner", paths: ["10.1.0.1", "10.2.0.1"] }, asking);
  await proof.before(SESSION);
  expect(proof.warnings).toEqual([
    "10.1.0.1 (multiwan:router.probe.paths[0]) is shut even before the change: no answer within 10 seconds. No change is held to this way",
  ]);
  asked.length = 0;
  expect(await proof.after(SESSION)).toBeUndefined();
  expect(asked).toEqual(["banner r1:22", "banner 10.2.0.1:22"]);
});

test("after so many greetings in one run it logs in, and leaves no way out", async () => {
  const { asking, asked, shut } = played();
  const proof = proofOf({ by: "banner", paths: ["10.1.0.1"], banners: 4 }, asking);
  await proof.before(SESSION);
  for (let change = 0; change < 3; change++) expect(await proof.after(SESSION)).toBeUndefined();
  expect(asked).toEqual([
    "banner 10.1.0.1:22",
    "banner r1:22",
    "banner 10.1.0.1:22",
    "banner r1:22",
    "login 10.1.0.1:22",
    "login r1:22",
    "login 10.1.0.1:22",
  ]);
  expect(proof.counts).toEqual({ banners: 4, exchanges: 0, logins: 3 });
  shut.add("10.1.0.1");
  expect(await proof.after(SESSION)).toMatchObject({ why: "10.1.0.1: connecting: no answer" });
});

test("six connections without a login are what a run makes unless it is told otherwise", async () => {
  const { asking } = played();
  const proof = proofOf(undefined, asking);
  for (let change = 0; change < 8; change++) await proof.after(SESSION);
  expect(proof.counts).toEqual({ banners: 0, exchanges: 6, logins: 2 });
});

test("by login nothing else is ever asked", async () => {
  const { asking, asked, shut } = played();
  const proof = proofOf("login", asking);
  expect(await proof.after(SESSION)).toBeUndefined();
  shut.add("r1");
  expect(await proof.after(SESSION)).toMatchObject({ why: "r1: connecting: no answer" });
  expect(asked).toEqual(["login r1:22", "login r1:22"]);
});

test("by banner another SSH server behind the same address is told by its greeting alone", async () => {
  const { asking, state } = played();
  const proof = proofOf({ by: "banner", paths: ["10.1.0.1"] }, asking);
  await proof.before(SESSION);
  expect(await proof.after({ ...SESSION, greeting: "SSH-2.0-dropbear_2022.83" })).toMatchObject({
    why: 'another SSH server answers there, "SSH-2.0-OpenSSH_9.2p1" instead of "SSH-2.0-dropbear_2022.83"',
  });
  // What two readers may have read differently does not count.
  state.greeting = "SSH-2.0-it's \\ \u00e9";
  expect(await proof.after(SESSION)).toBeUndefined();
  state.greeting = "SSH-2.0-other";
  expect(await proof.after({ ...SESSION, greeting: "SSH-2.0-other" })).toMatchObject({
    what: expect.stringContaining("to 10.1.0.1"),
    why: 'another SSH server answers there, "SSH-2.0-other" instead of "SSH-2.0-OpenSSH_9.2p1"',
  });
});
