import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { iptablesVariants } from "../variants.ts";
import { type Lab, startLab } from "./index.ts";

/** Each change, and how to take it back; the dump must show the first and forget it with the second. */
const CHANGES = {
  "an address": ["ip addr add 123.234.1.10/32 dev eth1", "ip addr del 123.234.1.10/32 dev eth1"],
  "a link": ["ip link set eth2 mtu 1400", "ip link set eth2 mtu 1500"],
  "a rule": ["ip rule add pref 1024 fwmark 1 lookup 1", "ip rule del pref 1024"],
  "a route in a table of its own": ["ip route add 10.9.0.0/16 dev eth1 table 9", "ip route flush table 9"],
  "a first rule in an unused iptables table": [
    "iptables -t raw -A OUTPUT -j ACCEPT",
    "iptables -t raw -D OUTPUT -j ACCEPT",
  ],
  "a chain": ["iptables -t mangle -N MINE", "iptables -t mangle -X MINE"],
  "a policy": ["iptables -P FORWARD DROP", "iptables -P FORWARD ACCEPT"],
  "an nftables table": ["nft add table inet mine", "nft delete table inet mine"],
  "a sysctl": ["echo 2 > /proc/sys/net/ipv4/conf/eth1/rp_filter", "echo 1 > /proc/sys/net/ipv4/conf/eth1/rp_filter"],
  "a line of rt_tables": ["echo '1 wan_one' >> /etc/iproute2/rt_tables", "sed -i '/wan_one/d' /etc/iproute2/rt_tables"],
  "a file's mode": ["chmod 600 /etc/iproute2/rt_tables", "chmod 644 /etc/iproute2/rt_tables"],
  "a file in /run/multiwan": ["mkdir /run/multiwan; echo x > /run/multiwan/state", "rm -r /run/multiwan"],
  "a file in /tmp": ["touch /tmp/left", "rm /tmp/left"],
  "a file anywhere": ["echo x > /opt/left", "rm /opt/left"],
} as const;

describe.each(iptablesVariants("nft"))("with iptables %s", (iptables) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab({ iptables });
    // A directory that was written to once stays in the overlay; so it is in the dump from the start.
    await lab.router.exec("touch /opt/x /etc/iproute2/x; rm /opt/x /etc/iproute2/x");
  });
  afterAll(() => lab?.stop());

  test.each(Object.entries(CHANGES))(
    "the dump shows %s, and is as before once it is gone",
    async (_, [change, undo]) => {
      const before = await lab.router.dump();
      await lab.router.exec(change);
      expect(await lab.router.dump()).not.toBe(before);
      await lab.router.exec(undo);
      expect(await lab.router.dump()).toBe(before);
    },
  );

  test("the dump does not move by itself and shows no secrets", async () => {
    const before = await lab.router.dump();
    await lab.run("operator", ["busybox", "ping", "-c", "2", "-i", "0.1", "192.168.99.1"]);
    expect(await lab.router.dump()).toBe(before);
    expect(before).not.toContain("PRIVATE KEY");
    expect(before).toContain("77\tforeign_vpn");
    expect(before).toContain("-A FOREIGN_TOS -j RETURN");
    expect(before).toContain("500:\tfrom 10.99.0.0/16 lookup 77");
    expect(before).toContain("default via 192.168.99.2 dev eth3 table 77");
  });

  test("counters go on while rules stay and start again when a rule is replaced", async () => {
    const ping = () => lab.run("operator", ["busybox", "ping", "-c", "1", "192.168.99.1"]);
    const rule = "filter -A FOREIGN_IN -p icmp -j ACCEPT";
    await ping();
    const first = (await lab.router.counters())[rule]!.packets;
    expect(first).toBeGreaterThan(0);
    await ping();
    expect((await lab.router.counters())[rule]!.packets).toBe(first + 1);
    await lab.router.exec("iptables -R FOREIGN_IN 2 -p icmp -j ACCEPT");
    expect((await lab.router.counters())[rule]!.packets).toBe(0);
  });

  test("the watch hears every write, also one that changes nothing in the end, and no read", async () => {
    const quiet = await lab.router.watchWrites();
    await lab.router.dump();
    await lab.router.exec("ip rule show; ip route show table all; iptables-save; cat /etc/iproute2/rt_tables");
    expect(await quiet.stop()).toEqual([]);
    const watch = await lab.router.watchWrites();
    await lab.router.exec(
      "ip rule add pref 7 lookup 7; ip rule del pref 7; ip addr add 10.1.1.1/32 dev eth1; ip addr del 10.1.1.1/32 dev eth1",
    );
    await lab.router.exec(
      "ip route add 10.9.0.0/16 dev eth1 table 9; ip route flush table 9; iptables -N MINE; iptables -X MINE",
    );
    const heard = (await watch.stop()).join("\n");
    expect(heard).toMatch(/lookup 7[\s\S]*Deleted[\s\S]*lookup 7/);
    expect(heard).toMatch(/10\.1\.1\.1[\s\S]*Deleted[\s\S]*10\.1\.1\.1/);
    expect(heard).toMatch(/10\.9\.0\.0[\s\S]*Deleted[\s\S]*10\.9\.0\.0/);
    expect(heard.includes("MINE")).toBe(iptables === "nft");
  });
});
