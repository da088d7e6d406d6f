import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Lab, startLab } from "../lab/index.ts";
import { iptablesVariants } from "../variants.ts";
import { type Direct, direct } from "./direct.ts";
import { succeeded } from "./helpers.ts";

describe.each(iptablesVariants("nft"))("what the router prints after an up, iptables %s", (iptables) => {
  let lab: Lab;
  let stack: Direct;
  let names: string;
  beforeAll(async () => {
    lab = await startLab({ iptables });
    names = await lab.router.exec("cat /etc/iproute2/rt_tables");
    stack = await direct(lab);
    await stack.deploy();
  });
  afterAll(() => lab?.stop());

  const chain = async (name: string) =>
    (await lab.router.exec("iptables-save -t mangle")).split("\n").filter((line) => line.startsWith(`-A ${name} `));

  test("the six rules, in the order of the write-up, in a chain that PREROUTING comes to first (row 2)", async () => {
    expect(await chain("mw-site-mark")).toEqual([
      "-A mw-site-mark -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff",
      "-A mw-site-mark -m mark --mark 0x1 -j RETURN",
      "-A mw-site-mark -i eth1 -j MARK --set-xmark 0x1/0xffffffff",
      "-A mw-site-mark -m mark --mark 0x2 -j RETURN",
      "-A mw-site-mark -i eth2 -j MARK --set-xmark 0x2/0xffffffff",
      "-A mw-site-mark -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff",
    ]);
    expect(await chain("PREROUTING")).toEqual([
      "-A PREROUTING -j mw-site-mark",
      "-A PREROUTING -i eth3 -p tcp -m tcp --dport 22 -j TOS --set-tos 0x10/0x3f",
    ]);
  });

  test("two lines more in rt_tables, and every other byte as it was (row 3)", async () => {
    expect(await lab.router.exec("cat /etc/iproute2/rt_tables")).toBe(`${names}1 wan_one\n2 wan_two\n`);
  });

  test("in each link's table the LAN, the gateway, and the guard behind both (row 4)", async () => {
    const table = async (name: string) =>
      (await lab.router.exec(`ip route show table ${name}`)).split("\n").map((l) => l.trim());
    expect(await table("wan_one")).toEqual([
      "default via 149.99.251.145 dev eth1",
      "unreachable default metric 65000",
      "172.16.1.0/24 dev eth0 scope link",
      "",
    ]);
    expect((await table("2"))[0]).toBe("default via 66.119.160.1 dev eth2");
  });

  test("`ip rule show` has the fwmark rules, then those of the router's own addresses (row 5)", async () => {
    const rules = (await lab.router.exec("ip rule show")).split("\n").map((l) => l.replaceAll("\t", " ").trim());
    const one = ["149.99.251.146", "123.234.1.10", "123.234.1.11", "123.234.1.12", "123.234.1.13"];
    const two = ["66.119.160.2", "216.111.1.10", "216.111.1.11", "216.111.1.12"];
    expect(rules).toEqual([
      "0: from all lookup local",
      "500: from 10.99.0.0/16 lookup foreign_vpn",
      "1023: from all iif eth1 lookup main suppress_prefixlength 1",
      "1023: from all iif eth2 lookup main suppress_prefixlength 1",
      "1024: from all fwmark 0x1 lookup wan_one",
      "1025: from all fwmark 0x2 lookup wan_two",
      ...[...one, ...two].map((address) => `1123: from ${address} lookup main suppress_prefixlength 1`),
      ...one.map((address) => `1124: from ${address} lookup wan_one`),
      ...two.map((address) => `1125: from ${address} lookup wan_two`),
      "32766: from all lookup main",
      "32767: from all lookup default",
      "",
    ]);
  });

  test("the main table has a default for packets without a mark (row 6)", async () => {
    expect((await lab.router.exec("ip route show default")).trim()).toBe("default via 149.99.251.145 dev eth1");
  });

  test("a third link adds its pair of rules before the last one, and no line of the others changes", async () => {
    const before = await chain("mw-site-mark");
    const links = stack.site.links as Record<string, object>;
    const gateway = "192.168.99.2";
    stack.site = { ...stack.site, links: { ...links, wan_three: { id: 3, device: "eth3", gateway } } };
    succeeded(await stack.up());
    expect(await chain("mw-site-mark")).toEqual([
      ...before.slice(0, 5),
      "-A mw-site-mark -m mark --mark 0x3 -j RETURN",
      "-A mw-site-mark -i eth3 -j MARK --set-xmark 0x3/0xffffffff",
      before[5],
    ]);
    expect(await lab.router.exec("cat /etc/iproute2/rt_tables")).toBe(`${names}1 wan_one\n2 wan_two\n3 wan_three\n`);
    expect(await lab.router.exec("ip rule show pref 1026")).toMatch(/fwmark 0x3 lookup wan_three/);
  });
});
