/**
 * A foreign rule that a change wakes up may lead the operator's new connections to a machine inside, which no preview sees. With
 * the same build of sshd it greets as the router does: only its host key tells, and the change is taken back.
 */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { LAN, type Lab, startLab, WANS } from "../lab/index.ts";
import { type Direct, direct, type Resource } from "../rows/direct.ts";
import { iptablesVariants } from "../variants.ts";
import { type OtherSshd, startOtherSshd } from "./other-sshd.ts";

/** Marks what comes in by the operator's link. */
const marks: Resource = {
  kind: "ConnmarkChain",
  name: "marks",
  args: { chain: "marks", links: [{ device: "eth1", mark: 1 }], mask: 0xff, marking: "every-packet" },
};
const waiting = `-i eth1 -p tcp --dport 22 -m mark --mark 1/0xff -j DNAT --to-destination ${LAN.server1}`;

describe.each(iptablesVariants("legacy"))("a DNAT by mark that waits for a mark (%s)", (iptables) => {
  let lab: Lab;
  let stack: Direct;
  let own: Direct["router"];
  let other: OtherSshd;
  let dump: string;
  beforeAll(async () => {
    lab = await startLab({ iptables });
    stack = await direct(lab);
    const { host, port } = await lab.tunnel({ from: "isp1", to: WANS.isp1.router });
    own = { ...stack.router, host, port };
    other = await startOtherSshd(lab, "server1");
    await lab.router.exec(`iptables -t nat -A PREROUTING ${waiting}`);
    dump = await lab.router.dump();
  });
  afterAll(() => lab?.stop());

  const attempt = async (probe?: object | string) => {
    stack.router = { ...own, ...(probe !== undefined && { probe }) };
    stack.resources = [marks];
    const logins = await lab.router.handshakes();
    const run = await stack.up();
    return { ...run, logins: (await lab.router.handshakes()) - logins };
  };
  const named = (run: { failures: Readonly<Record<string, string>> }) => {
    expect(run.failures.marks).toContain("after the change a new connection from here no longer gets in");
    expect(run.failures.marks).toContain("another machine answers there");
    expect(run.failures.marks).toContain(other.hostKey);
    expect(run.failures.marks).toContain(lab.router.ssh.hostKey);
    expect(run.failures.marks).not.toMatch(/replace the old|pin it/);
  };

  test("by default the change is taken back, and the error names both host keys; nobody has logged in anew", async () => {
    const run = await attempt();
    named(run);
    // The preview's session, and the update's.
    expect(run.logins).toBe(2);
    expect(await lab.router.dump()).toBe(dump);
  });

  test("a login that takes the same user's key is another machine's too, also where both host keys are trusted", async () => {
    named(await attempt("login"));
    own = { ...own, hostKey: [own.hostKey, other.hostKey] };
    named(await attempt("login"));
    named(await attempt());
    // Past the connections that one run may make without a login.
    named(await attempt({ banners: 0 }));
    expect(await lab.router.dump()).toBe(dump);
  });

  test("without that rule the same change is confirmed", async () => {
    await lab.router.exec(`iptables -t nat -D PREROUTING ${waiting}`);
    expect(await attempt()).toMatchObject({ code: 0, failures: {}, logins: 2 });
    stack.resources = [];
    expect(await stack.up()).toMatchObject({ code: 0 });
  });
});
