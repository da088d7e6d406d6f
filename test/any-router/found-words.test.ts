/** Lines that were there before, with all that `ip` and iptables-save print of them: they come back as they were, or are refused. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Lab, startLab } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { type Direct, direct, type Resource } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";

const DEFAULT: Resource = {
  ...{ kind: "DefaultRoute", name: "default" },
  args: { device: "eth1", gateway: "149.99.251.145" },
};
const adopting = (...adopt: readonly string[]): Resource => ({
  ...{ kind: "FwmarkRule", name: "one", adopt },
  args: { mark: 1, mask: 0xff, priority: 1024, table: 1 },
});
const VIA = "via 66.119.160.1 dev eth2";

describe("words of lines that were found", () => {
  let lab: Lab;
  let stack: Direct;
  const exec = (command: string) => lab.router.exec(command);
  beforeAll(async () => {
    lab = await startLab();
    await startSite(lab);
    stack = await direct(lab);
  });
  afterAll(() => lab?.stop());

  const live = async (resource: Resource, gone: string) => {
    const before = await lab.router.dump();
    stack.resources = [resource];
    succeeded(await stack.up());
    expect(await exec(`{ ip addr; ip route; iptables-save; } | grep -e ${gone} || :`)).toBe("");
    succeeded(await stack.destroy());
    expect(await lab.router.dump()).toBe(before);
  };

  test.each([
    [
      "attributes",
      `default ${VIA} proto static src 66.119.160.2 mtu lock 1400 advmss 1360 initcwnd 20 congctl lock reno`,
    ],
    ["a time that ip prints as locked", `default ${VIA} rto_min 300ms realm 5`],
    ["next hops", `default nexthop ${VIA} weight 3 nexthop via 149.99.251.145 dev eth1 weight 1 onlink`],
    ["no way out", "unreachable default"],
  ])("an old default route with %s comes back", async (_, route) => {
    await exec(`ip route add ${route}`);
    await live(DEFAULT, "66.119.160.1.dev -e unreachable");
    await exec("ip route del default");
  });

  test.each([
    ["as it was", "", ""],
    [
      "with another route that has come in front of it",
      "ip route prepend default dev eth3 scope link",
      "default dev eth3 scope link",
    ],
    [
      "with another route that has come behind it",
      "ip route append default dev eth3 scope link",
      "default dev eth3 scope link",
    ],
  ])("of two default routes of one metric the first comes back, %s", async (_, meanwhile, more) => {
    const shown = async () => (await exec("ip route show default")).trim().split(/ *\n/);
    await exec(`ip route add default ${VIA}; ip route append default via 192.168.99.2 dev eth3`);
    const before = await shown();
    stack.resources = [DEFAULT];
    succeeded(await stack.up());
    expect(await shown()).toEqual(["default via 149.99.251.145 dev eth1", ...before.slice(1)]);
    if (meanwhile !== "") await exec(meanwhile);
    succeeded(await stack.destroy());
    const after = await shown();
    expect(after.toSorted()).toEqual([...before, ...(more === "" ? [] : [more])].toSorted());
    // Whatever has come in front stays there; what was replaced comes back behind it.
    const own = after.filter((line) => line !== more);
    expect(own).toEqual(more !== "" && after[0] === more ? before.toReversed() : before);
    await exec("while ip route del default 2>/dev/null; do :; done");
  });

  test.each([
    ["a nexthop object", `ip nexthop add id 10 ${VIA}; ip route add default nhid 10`, "nexthop object 10"],
    [
      "an encapsulation",
      `ip route add default encap ip id 5 dst 10.9.9.9 ${VIA}`,
      'ip prints "encap ip" and does not take it back',
    ],
    [
      "a gateway that the router has no way to any more",
      "ip route add 10.97.0.1 dev eth3; ip route add default via 10.97.0.1 dev eth3; ip route del 10.97.0.1",
      "the router has no way to its gateway 10.97.0.1 any more",
    ],
  ])("an old default route with %s is refused in the preview by its text", async (_, prepare, why) => {
    await exec(prepare);
    const before = await lab.router.dump();
    const shown = (await exec("ip route show default")).trim().replace(/ {2,}/g, " ");
    stack.resources = [DEFAULT];
    const { failures } = await stack.up();
    expect(failures.default).toContain(`the router's "${shown}" cannot be replaced`);
    expect(failures.default).toContain(why);
    expect(await lab.router.dump()).toBe(before);
    await exec("ip route del default; ip nexthop flush");
  });

  test("a default for one type of service, and one of another metric, are no business of ours", async () => {
    await exec(`ip route add default ${VIA} tos 0x10; ip route add default ${VIA} metric 100`);
    const before = await lab.router.dump();
    stack.resources = [DEFAULT];
    succeeded(await stack.up());
    expect((await exec("ip route show default")).match(/^default/gm)).toHaveLength(3);
    succeeded(await stack.destroy());
    expect(await lab.router.dump()).toBe(before);
    await exec("ip route flush default");
  });

  test("adopted addresses come back with broadcast, label, peer, scope and their order", async () => {
    await exec(`ip addr add 10.96.0.1/24 brd 10.96.0.255 dev eth3 label eth3:one
      ip addr add 10.96.0.2/24 brd + dev eth3 noprefixroute
      ip addr add 10.95.0.1 peer 10.95.0.2/32 metric 7 dev eth3
      ip addr add 10.94.0.1/24 dev eth3 preferred_lft 0`);
    const shown = (await exec("ip -4 addr show dev eth3")).match(/inet 10\.9[456].*/g)!;
    expect(shown).toHaveLength(4);
    await live(adopting(...shown), "inet.10.9[456]");
  });

  test("an address that was there and is no longer published is the link's own: the next run changes nothing", async () => {
    const link = (...addresses: string[]): Resource => ({
      ...{ kind: "WanLink", name: "one" },
      args: { linkId: 1, link: "wan_one", device: "eth1", gateway: "149.99.251.145", addresses },
    });
    await exec("ip addr add 123.234.1.99/32 dev eth1");
    const before = await lab.router.dump();
    stack.resources = [link("123.234.1.10", "123.234.1.99")];
    succeeded(await stack.up());
    stack.resources = [link("123.234.1.10")];
    succeeded(await stack.up());
    expect(await exec("ip rule")).toContain("from 123.234.1.99");
    expect((await stack.preview()).ops).toEqual({ one: "same" });
    succeeded(await stack.destroy());
    expect(await lab.router.dump()).toBe(before);
    await exec("ip addr del 123.234.1.99/32 dev eth1");
  });

  test("an address that takes another one along, or would come back behind it, is refused", async () => {
    for (const [text, why] of [
      ["inet 10.96.0.1/24 brd 10.96.0.255 scope global eth3:one", "which is secondary to it, away with it"],
      ["inet 10.95.0.1 peer 10.95.0.2/32 scope global eth3", "now behind it on that device"],
    ] as const) {
      stack.resources = [adopting(text)];
      expect((await stack.preview()).failures.one).toContain(why);
    }
  });

  test("two equal iptables rules under adopt both come back, each in its place", async () => {
    const rule = "-s 10.98.0.0/16 -j MASQUERADE";
    await exec(`iptables -t nat -A POSTROUTING ${rule}
      iptables -t nat -A POSTROUTING -s 10.97.0.0/16 -j MASQUERADE
      iptables -t nat -A POSTROUTING ${rule}`);
    await live(adopting(`-t nat -A POSTROUTING ${rule}`), "10.98.0.0");
  });
});
