/** Chains of others may be called mw-: they and the jumps to them stay as they are, and a name that the site needs is refused. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Lab, startLab } from "../lab/index.ts";
import { type Direct, direct, type Resource } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";
import { iptablesVariants } from "../variants.ts";

const DOORS: Resource = {
  kind: "ServerMap",
  name: "doors",
  args: { map: "doors", entries: [{ address: "192.168.99.1", port: 2222, server: "172.16.1.131" }] },
};
const RULE: Resource = { kind: "FwmarkRule", name: "rule", args: { mark: 9, mask: 0xffff, table: 77, priority: 904 } };
/** In tables that the stack touches and in others; named as nobody, and as this very resource, would name one. */
const THEIRS = `iptables -N mw-trusted; iptables -A mw-trusted -s 10.1.1.1 -j ACCEPT; iptables -A INPUT -j mw-trusted
iptables -t nat -N mw-aaa; iptables -t nat -A mw-aaa -s 10.1.1.1 -j ACCEPT; iptables -t nat -A PREROUTING -j mw-aaa
iptables -t mangle -N mw-doors-mark; iptables -t mangle -A mw-doors-mark -s 10.1.1.1 -j MARK --set-mark 0x40000000/0x40000000
iptables -t mangle -A FORWARD -j mw-doors-mark`;

describe.each(iptablesVariants("nft"))("iptables %s", (iptables) => {
  let lab: Lab;
  let stack: Direct;
  beforeAll(async () => {
    lab = await startLab({ iptables, foreign: false });
    stack = await direct(lab);
    stack.inOrder = false;
  });
  afterAll(() => lab?.stop());

  test("chains that were there before the first up stay, with their jumps, and come behind the managed ones", async () => {
    await lab.router.exec(THEIRS);
    const before = await lab.router.dump();
    stack.resources = [DOORS, RULE];
    succeeded(await stack.up());
    const hooks = await lab.router.exec("iptables-save -t nat | grep -e '-A PREROUTING'");
    expect(hooks).toBe("-A PREROUTING -j mw-doors-dnat\n-A PREROUTING -j mw-aaa\n");
    stack.resources = [RULE];
    succeeded(await stack.up());
    expect(await lab.router.exec("iptables-save")).toContain("-A INPUT -j mw-trusted");
    succeeded(await stack.destroy());
    expect(await lab.router.dump()).toBe(before);
  });

  test("chains that came later stay too", async () => {
    await lab.router.exec("iptables -t mangle -F; iptables -t mangle -X; iptables -F; iptables -X");
    stack.resources = [DOORS, RULE];
    succeeded(await stack.up());
    await lab.router.exec(
      "iptables -N mw-late; iptables -A mw-late -s 10.1.1.1 -j ACCEPT; iptables -A INPUT -j mw-late",
    );
    succeeded(await stack.destroy());
    const left = await lab.router.exec("iptables-save | grep -e mw- -e aaa");
    expect(left).toContain("-A mw-late -s 10.1.1.1/32 -j ACCEPT");
    expect(left).toContain("-A INPUT -j mw-late");
    expect(left).not.toContain("doors");
  });

  test("a chain of a name that the site needs is refused in the preview, and nothing is touched", async () => {
    await lab.router.exec("iptables -t nat -N mw-doors-dnat; iptables -t nat -A mw-doors-dnat -s 10.1.1.1 -j ACCEPT");
    const before = await lab.router.dump();
    const { failures } = await stack.preview();
    expect(failures.doors).toContain('the router has another chain of that name: "-t nat -N mw-doors-dnat');
    expect((await stack.up()).code).toBe(1);
    expect(await lab.router.dump()).toBe(before);
  });
});
