import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { capture } from "../lab/command.ts";
import { type Lab, startLab } from "../lab/index.ts";
import { type Direct, direct, type Resource } from "./direct.ts";
import { succeeded } from "./helpers.ts";

const rules: Resource[] = [900, 901].map((priority) => ({
  kind: "FwmarkRule",
  name: `rule-${priority}`,
  args: { mark: priority, mask: 0xffff, table: 77, priority },
}));

describe("a router that cannot be worked on", () => {
  let lab: Lab;
  let stack: Direct;
  let settings: Direct["router"];
  beforeAll(async () => {
    lab = await startLab();
    stack = await direct(lab);
    settings = stack.router;
    stack.resources = rules;
  });
  afterAll(() => lab?.stop());

  const preview = async (change: object) => {
    stack.router = { ...settings, ...change };
    const run = await stack.preview();
    stack.router = settings;
    const named = (text: string) => text.replaceAll(/127\.0\.0\.1:\d+/g, "ROUTER");
    return { ...run, text: named(run.text), first: named(run.failures["rule-900"] ?? "") };
  };

  test("one that is out of reach: the first resource tells, the others refer to it", async () => {
    const { code, first, failures } = await preview({ port: 1 });
    expect(code).toBe(1);
    expect(first).toBe(
      "ROUTER: connecting to port 1: connection refused: nothing listens on port 1. Check the port and that sshd runs (multiwan:router.port in Pulumi.<stack>.yaml).",
    );
    expect(failures["rule-901"]).toBe("not checked: 127.0.0.1:1 could not be read, see the first error");
  });

  test("one that is declared offline passes a preview, which says that nothing was compared", async () => {
    const { code, ops, text } = await preview({ port: 1, offline: true });
    expect(code).toBe(0);
    expect(ops).toEqual({ "rule-900": "create", "rule-901": "create" });
    expect(text).toContain("It is declared offline: what it holds is not compared");
  });

  test("another key than the router knows", async () => {
    const key = join(lab.router.dir, "other_key");
    await capture(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key]);
    expect((await preview({ privateKeyFile: key })).first.replace(key, "KEY")).toBe(
      'ROUTER: logging in as "root": refused: tried the key KEY; the router takes publickey. Add the public key to authorized_keys of "root", or use another key (multiwan:router.privateKeyFile in Pulumi.<stack>.yaml).',
    );
  });

  test("another host key than the pinned one: nothing is sent", async () => {
    const logins = await lab.router.handshakes();
    const { first } = await preview({ hostKey: "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" });
    expect(first.replaceAll(lab.router.ssh.hostKey, "SHOWN")).toBe(
      "ROUTER: checking the host key: THE HOST KEY HAS CHANGED, or another machine answers in the router's place. It shows the ssh-ed25519 key SHOWN; multiwan:router.hostKey has SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA. Nothing was sent. Only if you know why the key differs, replace the old one (multiwan:router.hostKey in Pulumi.<stack>.yaml).",
    );
    expect(await lab.router.handshakes()).toBe(logins);
  });

  test.each([
    ["ip", "ip", "no ip command"],
    ["iptables-restore", "iptables-restore", "no iptables-restore command"],
    [
      "any iptables",
      "iptables* xtables*",
      "no iptables command; no iptables-save command; no iptables-restore command",
    ],
  ])("one without %s", async (_, tools, lacks) => {
    const move = (from: string, to: string) =>
      lab.router.exec(
        `mkdir -p /away; cd ${from}; for f in ${tools}; do [ ! -e $f ] && [ ! -L $f ] || mv $f ${to}; done`,
      );
    for (const dir of ["/usr/sbin", "/usr/bin"]) await move(dir, "/away");
    const { first } = await preview({});
    await move("/away", "/usr/sbin");
    expect(first).toBe(
      `ROUTER: this router cannot be worked on: ${lacks}. Install what is missing (Debian: apt-get install iproute2 iptables).`,
    );
  });

  test("a user without rights, whom sudo does not know", async () => {
    await lab.router.exec(`
      useradd -m -s /bin/sh -p '*' ops; mkdir /home/ops/.ssh; cp /root/.ssh/authorized_keys /home/ops/.ssh
      chown -R ops /home/ops/.ssh`);
    expect((await preview({ user: "ops" })).first.split("\n")[0]).toBe(
      'ROUTER: reading the router: "ops" cannot become root: sudo asks for a password. Allow it without one in sudoers: ops ALL=(root) NOPASSWD: /bin/sh; or log in as root (multiwan:router.sudo in Pulumi.<stack>.yaml).',
    );
    expect((await preview({ user: "ops", sudo: false })).first).toMatch(
      /^ROUTER: this router cannot be worked on: the commands run as user \d+, not as root\. Log in as root, or as a user who may run sudo without a password\.$/,
    );
  });

  test("one that is gone lets its stack be destroyed without it", async () => {
    succeeded(await stack.up());
    stack.router = { ...settings, port: 1 };
    expect((await stack.destroy()).code).toBe(1);
    stack.router = { ...settings, port: 1, gone: true };
    const { ops } = await stack.destroy();
    expect(ops).toEqual({ "rule-900": "delete", "rule-901": "delete" });
  });
});
