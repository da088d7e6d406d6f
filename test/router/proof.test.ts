import { expect, test } from "@jest/globals";
import { RouterError } from "../../provider/router/errors.ts";
import { type Asking, newProof } from "../../provider/router/proof.ts";
import { settingsOf } from "./sshd.ts";

const GREETING = "SSH-2.0-OpenSSH_9.2p1";
const SILENT = { why: "no answer within 10 seconds" };

/** Asks nobody; `shut` names the ways that do not answer, and `asked` lists what was asked. */
function played() {
  const shut = new Set<string>();
  const asked: string[] = [];
  const state = { shut, asked, greeting: GREETING };
  const asking: Asking = {
    banner: async ({ host, port }) => {
      asked.push(`banner ${host}:${port}`);
      return shut.has(host) ? SILENT : { greeting: state.greeting };
    },
    login: async (_, { host, port }) => {
      asked.push(`login ${host}:${port}`);
      if (shut.has(host)) throw new RouterError("unreachable", { router: host, what: "connecting", why: "no answer" });
    },
  };
  return { ...state, state, asking };
}

const proofOf = (probe: unknown, asking: Asking) => newProof(settingsOf({ host: "r1", probe }), asking);

test("without a setting the greeting of the router's own address is the proof", async () => {
  const { asking, asked, shut } = played();
  const proof = proofOf(undefined, asking);
  await proof.before();
  expect(asked).toEqual([]);
  expect(await proof.after(GREETING)).toBeUndefined();
  shut.add("r1");
  expect(await proof.after(GREETING)).toEqual({
    what: "after the change a new connection from here no longer gets in",
    why: "no answer within 10 seconds",
  });
  // One lost packet is not a lock-out.
  expect(asked).toEqual(["banner r1:22", "banner r1:22", "banner r1:22"]);
  expect(proof.counts).toEqual({ banners: 3, logins: 0 });
});

test("a further way that was open before has to be open afterwards", async () => {
  const { asking, asked, shut } = played();
  const proof = proofOf({ paths: ["10.1.0.1", "10.2.0.1:2222"] }, asking);
  await proof.before();
  await proof.before();
  expect(asked).toEqual(["banner 10.1.0.1:22", "banner 10.2.0.1:2222"]);
  expect(await proof.after(GREETING)).toBeUndefined();
  expect(asked.slice(2)).toEqual(["banner r1:22", "banner 10.1.0.1:22", "banner 10.2.0.1:2222"]);
  shut.add("10.2.0.1");
  expect(await proof.after(GREETING)).toMatchObject({
    what: "after the change a new connection from here to 10.2.0.1:2222 (multiwan:router.probe.paths[1]) no longer gets in",
  });
});

test("one that was shut before is named, and no change is held to it", async () => {
  const { asking, asked, shut } = played();
  shut.add("10.1.0.1");
  const proof = proofOf({ paths: ["10.1.0.1", "10.2.0.1"] }, asking);
  await proof.before();
  expect(proof.warnings).toEqual([
    "10.1.0.1 (multiwan:router.probe.paths[0]) does not let us in even before the change: no answer within 10 seconds. No change is held to this way",
  ]);
  asked.length = 0;
  expect(await proof.after(GREETING)).toBeUndefined();
  expect(asked).toEqual(["banner r1:22", "banner 10.2.0.1:22"]);
});

test("after so many greetings in one run it logs in, and leaves no way out", async () => {
  const { asking, asked, shut } = played();
  const proof = proofOf({ paths: ["10.1.0.1"], banners: 4 }, asking);
  await proof.before();
  for (let change = 0; change < 3; change++) expect(await proof.after(GREETING)).toBeUndefined();
  expect(asked).toEqual([
    "banner 10.1.0.1:22",
    "banner r1:22",
    "banner 10.1.0.1:22",
    "banner r1:22",
    "login 10.1.0.1:22",
    "login r1:22",
    "login 10.1.0.1:22",
  ]);
  expect(proof.counts).toEqual({ banners: 4, logins: 3 });
  shut.add("10.1.0.1");
  expect(await proof.after(GREETING)).toMatchObject({ why: "10.1.0.1: connecting: no answer" });
});

test("six greetings are what a run asks for unless it is told otherwise", async () => {
  const { asking } = played();
  const proof = proofOf(undefined, asking);
  for (let change = 0; change < 8; change++) await proof.after(GREETING);
  expect(proof.counts).toEqual({ banners: 6, logins: 2 });
});

test("by login nothing else is ever asked", async () => {
  const { asking, asked, shut } = played();
  const proof = proofOf("login", asking);
  expect(await proof.after(GREETING)).toBeUndefined();
  shut.add("r1");
  expect(await proof.after(GREETING)).toMatchObject({ why: "r1: connecting: no answer" });
  expect(asked).toEqual(["login r1:22", "login r1:22"]);
});

test("another SSH server behind the same address is no way in", async () => {
  const { asking, state } = played();
  const proof = proofOf({ paths: ["10.1.0.1"] }, asking);
  await proof.before();
  expect(await proof.after("SSH-2.0-dropbear_2022.83")).toMatchObject({
    why: 'another SSH server answers there, "SSH-2.0-OpenSSH_9.2p1" instead of "SSH-2.0-dropbear_2022.83"',
  });
  // What two readers may have read differently does not count.
  state.greeting = "SSH-2.0-it's \\ \u00e9";
  expect(await proof.after(GREETING)).toBeUndefined();
  state.greeting = "SSH-2.0-other";
  expect(await proof.after("SSH-2.0-other")).toMatchObject({
    what: expect.stringContaining("to 10.1.0.1"),
    why: 'another SSH server answers there, "SSH-2.0-other" instead of "SSH-2.0-OpenSSH_9.2p1"',
  });
});
