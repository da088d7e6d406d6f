/**
 * What was there before a managed line comes back when the line goes. Where its device or its gateway is gone by then it cannot: it
 * is named and left out, and the rest goes on. Otherwise a router that has lost a card could never be cleared.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type Lab, startLab } from "../lab/index.ts";
import { type Direct, direct, type Resource } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";
import { iptablesVariants } from "../variants.ts";

const OLD = "default via 10.9.9.1 dev wan9";
const main: Resource = { kind: "DefaultRoute", name: "main", args: { device: "eth1", gateway: "149.99.251.145" } };
const link: Resource = {
  kind: "WanLink",
  name: "nine",
  args: { linkId: 9, link: "nine", device: "wan9", gateway: "10.9.9.1", addresses: ["216.111.9.10"] },
};
const table: Resource = {
  kind: "RoutingTable",
  name: "table",
  args: { table: 109, name: "nine", device: "wan9", gateway: "10.9.9.1" },
};
const rule: Resource = { kind: "FwmarkRule", name: "rule", args: { mark: 9, mask: 0xf, table: 109, priority: 1033 } };
const marks: Resource = {
  kind: "ConnmarkChain",
  name: "marks",
  args: { chain: "marks", links: [{ device: "eth1", mark: 1 }], mask: 0xf },
};
const HAND = "-t mangle -A PREROUTING -s 10.7.0.0/16 -j by-hand";

describe.each(iptablesVariants("nft"))("what is gone cannot be given back (%s)", (iptables) => {
  let lab: Lab;
  let stack: Direct;
  let bare: string;
  const on = (script: string) => lab.router.exec(script);
  beforeAll(async () => {
    lab = await startLab({ iptables, foreign: false });
    bare = await lab.router.dump();
  });
  afterAll(() => lab?.stop());
  beforeEach(async () => {
    await on(`ip link add wan9 type veth peer name peer9; ip link set peer9 up; ip link set wan9 up
      ip addr add 10.9.9.2/24 dev wan9; ip route add ${OLD}`);
    stack = await direct(lab);
  });

  test.each([
    ["its device is gone", "ip link del wan9", "the router has no device wan9 any more"],
    ["its device is down", "ip link set wan9 down", "wan9 is down"],
    ["its gateway is not on-link", "ip addr flush dev wan9", "no way to the gateway 10.9.9.1 on wan9 any more"],
  ])("the default that was replaced, when %s", async (_, happens, why) => {
    stack.resources = [main];
    succeeded(await stack.up());
    await on(happens);
    const run = await stack.destroy();
    succeeded(run);
    expect(run.text).toContain(`"${OLD}" was there before DefaultRoute main and is not given back: `);
    expect(run.text).toContain(why);
    await on("ip link del wan9 2>/dev/null || :");
    expect(await lab.router.dump()).toBe(bare);
    expect(await on("ls /run/multiwan/manifest 2>&1 || :")).toContain("No such file");
  });

  test("an update that lets the place go says so in its preview, and is no less an update", async () => {
    stack.resources = [main];
    succeeded(await stack.up());
    await on("ip link del wan9");
    stack.resources = [{ ...main, args: { ...main.args, metric: 7 } }];
    const seen = await stack.preview();
    succeeded(seen);
    expect(seen.text).toContain(`"${OLD}" was there before DefaultRoute main and is not given back`);
    succeeded(await stack.up());
    expect((await on("ip route show default")).trim()).toBe("default via 149.99.251.145 dev eth1 metric 7");
    expect(Object.values((await stack.up()).ops)).toEqual(["same"]);
    succeeded(await stack.destroy());
    expect(await lab.router.dump()).toBe(bare);
  });

  test("a link whose device is gone leaves the site without a word: its settings have gone with it", async () => {
    stack.resources = [link, table, rule, main];
    succeeded(await stack.up());
    expect(await on("cat /proc/sys/net/ipv4/conf/wan9/src_valid_mark")).toBe("1\n");
    await on("ip link del wan9");
    stack.resources = [main];
    const run = await stack.up();
    succeeded(run);
    expect(run).toMatchObject({ ops: { nine: "delete", table: "delete", rule: "delete", main: "same" }, text: "" });
    expect(await on("ip rule show; cat /etc/iproute2/rt_tables")).not.toMatch(/nine|109|216\.111/);
    succeeded(await stack.destroy());
    expect(await lab.router.dump()).toBe(bare);
  });

  test("an adopted address of it, and an adopted rule whose chain is gone, stay away; what still can comes back", async () => {
    await on(`ip addr add 10.9.8.1/32 dev wan9; ip rule add pref 700 from all iif wan9 lookup 250
      iptables -t mangle -N by-hand; iptables ${HAND}; iptables -t mangle -A PREROUTING -s 10.6.0.0/16 -j ACCEPT`);
    const adopt = ["inet 10.9.8.1/32 scope global wan9", "700: from all iif wan9 lookup 250", HAND];
    stack.resources = [
      { ...marks, adopt: [HAND, "-t mangle -A PREROUTING -s 10.6.0.0/16 -j ACCEPT"] },
      { ...main, adopt: adopt.slice(0, 2) },
    ];
    succeeded(await stack.up());
    await on("iptables -t mangle -F by-hand; iptables -t mangle -X by-hand; ip link del wan9");
    const run = await stack.destroy();
    succeeded(run);
    expect(run.text).toContain(
      '"inet 10.9.8.1/32 scope global wan9" was there before DefaultRoute main and is not given back',
    );
    expect(run.text).toContain("the router has no chain by-hand in its mangle table any more");
    expect(await on("ip rule show")).toMatch(/^700:\s+from all iif wan9 (\[detached\] )?lookup 250/m);
    expect(await on("iptables -t mangle -S PREROUTING")).toContain("-A PREROUTING -s 10.6.0.0/16 -j ACCEPT");
    await on("ip rule del pref 700; iptables -t mangle -D PREROUTING -s 10.6.0.0/16 -j ACCEPT");
  });
});
