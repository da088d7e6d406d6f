import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Lab, startLab } from "../lab/index.ts";
import { type Direct, direct } from "./direct.ts";
import { succeeded } from "./helpers.ts";

describe("a preview refuses what does not fit the router", () => {
  let lab: Lab;
  let stack: Direct;
  let site: Direct["site"];
  let dump: string;
  beforeAll(async () => {
    lab = await startLab();
    stack = await direct(lab);
    site = stack.site;
    dump = await lab.router.dump();
  });
  afterAll(() => lab?.stop());

  /** All that a preview says, after the router was changed by hand, and back. */
  const refusals = async (change: object, there = ":", back = ":") => {
    stack.site = { ...site, ...change };
    await lab.router.exec(there);
    try {
      return (await stack.up()).failures;
    } finally {
      await lab.router.exec(back);
      expect(await lab.router.dump()).toBe(dump);
    }
  };
  const second = (change: object) => ({
    links: { ...(site.links as object), wan_two: { ...(site.links as Record<string, object>).wan_two, ...change } },
  });

  test("a device that the router does not have", async () => {
    expect(await refusals(second({ device: "eth7" }))).toMatchObject({
      "site-wan_two-link":
        "multiwan:site.links.wan_two.device: the router has no device eth7; it has eth0, eth1, eth2, eth3",
    });
  });

  test("a gateway that is not on-link, unless the site says that it is", async () => {
    const failures = await refusals(second({ gateway: "66.119.170.1" }));
    expect(failures["site-wan_two-table"]).toBe(
      "multiwan:site.links.wan_two.gateway: gateway 66.119.170.1 is not on-link on eth2, which has 66.119.160.2/30; correct it, or say onlink: true if the ISP means it so",
    );
    stack.site = { ...site, ...second({ gateway: "66.119.170.1", onlink: true }) };
    succeeded(await stack.up());
    expect(await lab.router.exec("ip route show table wan_two")).toContain("default via 66.119.170.1 dev eth2 onlink");
    succeeded(await stack.up());
    succeeded(await stack.destroy());
    expect(await lab.router.dump()).toBe(dump);
  });

  test("a name that rt_tables already gives to another table", async () => {
    const file = "/etc/iproute2/rt_tables";
    const failures = await refusals({}, `echo '9 wan_two' >>${file}`, `sed -i '/^9 wan_two$/d' ${file}`);
    expect(failures).toEqual({
      "site-wan_two-table":
        'multiwan:site.links.wan_two: /etc/iproute2/rt_tables already has the line "9 wan_two"; take another name',
    });
  });

  test("a default that a DHCP client wrote", async () => {
    const route = "default via 66.119.160.1 dev eth2 proto dhcp";
    expect(await refusals({}, `ip route add ${route}`, `ip route del ${route}`)).toEqual({
      "site-default":
        'multiwan:site.links.wan_one.device: the main table\'s "default via 66.119.160.1 dev eth2 proto dhcp" belongs to a DHCP client, which would put it back at any time; tell it to leave the default alone first',
    });
  });

  test("a link whose address is leased", async () => {
    const address = "203.0.113.200/24 dev eth2";
    const lease = `ip addr add ${address} valid_lft 3600 preferred_lft 3600`;
    const failures = await refusals({}, lease, `ip addr del ${address}`);
    expect(failures["site-wan_two-link"]).toBe(
      "multiwan:site.links.wan_two.device: eth2 has its address 203.0.113.200 from DHCP; only links with a static address and gateway are supported so far",
    );
  });

  test("somebody else's rule at a priority of ours, with its text", async () => {
    const rule = "pref 1025 from 10.0.0.0/8 lookup 77";
    expect(await refusals({}, `ip rule add ${rule}`, `ip rule del ${rule}`)).toEqual({
      "site-wan_two-rule":
        'multiwan:site.links.wan_two.priority: 1025 is taken on the router: "1025: from 10.0.0.0/8 lookup foreign_vpn"; priorities 4000-4999 are free',
    });
  });

  test("somebody else's routes in a table of ours, with their text", async () => {
    const route = "10.7.0.0/16 dev eth3 table 2";
    const failures = await refusals({}, `ip route add ${route}`, `ip route del ${route}`);
    expect(failures["site-wan_two-table"]).toMatch(
      /table 2 already has routes that are not declared here: 10\.7\.0\.0\/16 dev eth3/,
    );
  });

  test("an external address that another device has", async () => {
    const address = "216.111.1.12/32 dev eth3";
    const failures = await refusals({}, `ip addr add ${address}`, `ip addr del ${address}`);
    expect(failures["site-wan_two-link"]).toMatch(/216\.111\.1\.12 is on eth3 already \(inet 216\.111\.1\.12\/32\)$/);
  });

  test("somebody else's rule that writes the same mark bits, with its text", async () => {
    const rule = "PREROUTING -i eth3 -j MARK --set-mark 0x2";
    const failures = await refusals({}, `iptables -t mangle -A ${rule}`, `iptables -t mangle -D ${rule}`);
    expect(failures["site-marks"]).toMatch(
      /^multiwan:site\.mask: .* writes the whole mark: "-t mangle -A PREROUTING -i eth3 -j MARK --set-xmark 0x2\/0xffffffff"; write it only bits of its own, such as --set-xmark 0x2\/0x2, and take a mask here without those \(free here: 0x0f000000\), remove it, or list it under replace$/,
    );
  });
});
