/** What was found before the first up comes back in the end, whatever has been forgotten meanwhile, and where: router or state. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Lab, startLab } from "../lab/index.ts";
import { type Direct, direct, type Resource } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";
import { iptablesVariants } from "../variants.ts";

const OLD = "default via 66.119.160.1 dev eth2";
const NEW = "default via 66.119.160.77 dev eth2 onlink";
const main: Resource = { kind: "DefaultRoute", name: "main", args: { device: "eth1", gateway: "149.99.251.145" } };
const rule: Resource = { kind: "FwmarkRule", name: "rule", args: { mark: 9, mask: 0xf, table: 109, priority: 1033 } };

describe.each(iptablesVariants("legacy"))("the default that was there before (%s)", (iptables) => {
  let lab: Lab;
  let stack: Direct;
  const defaults = async () => (await lab.router.exec("ip route show default")).trim();
  const manifest = () => lab.router.exec("cat /run/multiwan/manifest 2>/dev/null || :");
  beforeAll(async () => {
    lab = await startLab({ iptables, foreign: false, defaultRoute: OLD });
  });
  afterAll(() => lab?.stop());
  const begin = async () => {
    stack = await direct(lab);
    stack.resources = [main, rule];
    succeeded(await stack.up());
  };

  test("a refresh after the managed one was removed by hand keeps what is remembered, and a destroy gives it back", async () => {
    await begin();
    await lab.router.exec("ip route del default");
    await stack.refresh();
    expect(stack.state.get("main")?.outs).toMatchObject({ config: "", replaces: [OLD] });
    succeeded(await stack.destroy());
    expect([await defaults(), await manifest()]).toEqual([OLD, ""]);
  });

  test("after such a refresh an up puts it again, and the one after that is quiet", async () => {
    await begin();
    await lab.router.exec("ip route del default");
    await stack.refresh();
    expect(await stack.up()).toMatchObject({ code: 0, ops: { main: "update", rule: "same" } });
    expect(await stack.up()).toMatchObject({ code: 0, ops: { main: "same", rule: "same" } });
    succeeded(await stack.destroy());
    expect([await defaults(), await manifest()]).toEqual([OLD, ""]);
  });

  test("a resource that the state has lost, and whose lines are gone, goes with a destroy of the others", async () => {
    await begin();
    await lab.router.exec("ip route del default");
    stack.state = new Map([...stack.state].filter(([name]) => name !== "main"));
    succeeded(await stack.destroy());
    expect([await defaults(), await manifest()]).toEqual([OLD, ""]);
  });

  test("of a stack that no longer exists another one takes it over, and gives it back", async () => {
    await begin();
    await lab.router.exec("ip route del default");
    stack.state = new Map();
    stack.stack = "multiwan/next";
    expect((await stack.up()).failures.main).toContain("takeOverFrom: multiwan/lab");
    stack.router = { ...stack.router, takeOverFrom: "multiwan/lab" };
    succeeded(await stack.up());
    succeeded(await stack.destroy());
    expect([await defaults(), await manifest()]).toEqual([OLD, ""]);
  });

  test("what the router has after a boot is newer than the state: it is shown, replaced and given back", async () => {
    await begin();
    await lab.router.exec(`rm -r /run/multiwan; ip route replace ${NEW}; ip rule del pref 1033`);
    succeeded(await stack.up());
    expect(stack.state.get("main")?.outs.replaces).toEqual([NEW]);
    expect(await defaults()).toBe("default via 149.99.251.145 dev eth1");
    succeeded(await stack.destroy());
    expect([await defaults(), await manifest()]).toEqual([NEW, ""]);
  });
});
