import { describe, expect, test } from "@jest/globals";
import type { Line } from "../../provider/model/line.ts";
import { compareIdentity, headOf, identityOf, otherNamespace } from "../../provider/plan/identity.ts";
import { isElsewhere } from "../../provider/plan/same-router.ts";
import { liveFrom } from "./model.ts";

const KEY = "ssh-ed25519 SHA256:aaaa";
const here = { machine: "3f5ab1c20d4e", hostKey: KEY, namespace: "4026531840", bootId: "b1" };
const id = identityOf(here);

test.each<[string, string, "same" | "other" | undefined]>([
  ["itself", id, "same"],
  ["a clone whose host keys were made anew", identityOf({ ...here, hostKey: "ssh-ed25519 SHA256:bbbb" }), "other"],
  ["one that was installed anew and kept its host keys", identityOf({ ...here, machine: "000000000000" }), "other"],
  ["itself by another of its host keys", identityOf({ ...here, hostKey: "ssh-rsa SHA256:cccc" }), "same"],
  ["one without a machine id", identityOf({ hostKey: KEY }), "same"],
  ["one of which only another kind of host key is known", "ssh-rsa SHA256:cccc", undefined],
  ["a state that says nothing", "", undefined],
])("%s", (_, other, verdict) => {
  expect(compareIdentity(other, id)).toBe(verdict);
  expect(compareIdentity(id, other)).toBe(verdict);
});

describe("a manifest of another network namespace", () => {
  const head = headOf(here);
  const other = { ...here, namespace: "4026532999" };
  test.each<[string, string | undefined]>([
    ["its own", otherNamespace(head, here)],
    ["of another boot", otherNamespace({ ...head, namespace: "b0 17" }, here)],
    ["without a word of it", otherNamespace({}, here)],
    ["where the kernel does not tell", otherNamespace(head, { bootId: "b1" })],
    ["of this container before it was started again", otherNamespace(head, other)],
  ])("%s is taken", (_, why) => expect(why).toBeUndefined());

  test("which is in use, or of another machine, is not", () => {
    expect(otherNamespace(head, { ...other, namespaceSeen: true })).toContain("4026531840, which is in use");
    expect(otherNamespace(head, { ...other, hostKey: "ssh-ed25519 SHA256:bbbb" })).toContain("SHA256:bbbb");
  });
});

test("a state without an identity goes by the address, and by the lines that are there", () => {
  const rule: Line = { kind: "rule", priority: 1, from: "all", mark: 1, table: 1 };
  const setting: Line = { kind: "sysctl", key: "net.ipv4.conf.eth1.rp_filter", value: "2" };
  const at = (router: string, routerId = "") => ({ router, routerId });
  const on = (before: string, ...live: Line[]) =>
    isElsewhere(at(before), at("10.0.0.2", id), [rule, setting], liveFrom(live));
  expect(on("10.0.0.2")).toBe(false);
  expect(on("10.0.0.1", rule)).toBe(false);
  expect(on("10.0.0.1", setting)).toBe(true);
  expect(isElsewhere(at("10.0.0.1", id), at("10.0.0.2", id), [rule], liveFrom([]))).toBe(false);
});
