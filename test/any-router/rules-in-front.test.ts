/** Policy rules of others in front of the stack's: what shuts a link is refused in the preview, what is partly so is said. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type Lab, startLab } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { type Direct, direct } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";

let lab: Lab;
let stack: Direct;
let clean: string;
const router = (...commands: string[]) => lab.router.exec(`set -e\n${commands.join("\n")}`);

beforeAll(async () => {
  lab = await startLab();
  await startSite(lab);
  clean = await lab.router.dump();
});
beforeEach(async () => {
  stack = await direct(lab);
});
afterAll(() => lab?.stop());

/** What is refused, and the router as it is without the commands. */
async function refused(put: string, away: string): Promise<string> {
  await router(put);
  try {
    const preview = await stack.preview();
    expect(preview.code).not.toBe(0);
    return preview.text;
  } finally {
    await router(away);
    expect(await lab.router.dump()).toBe(clean);
  }
}

describe("a rule in front that takes every packet is refused in the preview, by its text", () => {
  test("the main table for everybody, which gets its default route from the site", async () => {
    const said = await refused("ip rule add pref 999 lookup main", "ip rule del pref 999");
    expect(said).toMatch(
      /"999: from all lookup main" stands in front of "\d+: .*lookup (2|wan_two)".* and takes every packet/,
    );
    expect(said).toMatch(/priority below 999/);
  });

  test("the main table for everybody, which has no default route and may get one", async () => {
    const { default: _, ...site } = stack.site;
    stack.site = site;
    const said = await refused("ip rule add pref 999 lookup main", "ip rule del pref 999");
    expect(said).toMatch(/"999: from all lookup main" stands in front of .* as soon as it has one/);
  });

  test("a tunnel for all that is not its own, as wg-quick makes it", async () => {
    const said = await refused(
      "ip route add default via 192.168.99.2 dev eth3 table 51820; ip rule add pref 1000 not fwmark 0xca6c lookup 51820; ip rule add pref 999 lookup main suppress_prefixlength 0",
      "ip rule del pref 999; ip rule del pref 1000; ip route flush table 51820",
    );
    expect(said).toMatch(/"1000: not from all fwmark 0xca6c lookup 51820".* stands in front of "\d+: /);
    expect(said).not.toMatch(/"999: /);
  });

  test("no way at all, and a jump over the links' rules", async () => {
    expect(await refused("ip rule add pref 900 from 66.119.160.2 prohibit", "ip rule del pref 900")).toMatch(
      /"900: from 66.119.160.2 prohibit" stands in front of/,
    );
    expect(await refused("ip rule add pref 900 goto 32766", "ip rule del pref 900")).toMatch(
      /"900: .*goto 32766" stands in front of/,
    );
  });

  test("the router's own addresses looked up behind the links' rules, as for VRFs", async () => {
    const said = await refused(
      "ip rule add pref 1000 l3mdev; ip rule add pref 32765 lookup local; ip rule del pref 0 lookup local",
      "ip rule add pref 0 lookup local; ip rule del pref 32765; ip rule del pref 1000",
    );
    expect(said).toMatch(/"32765: from all lookup local" stands behind "\d+: /);
    expect(said).not.toMatch(/"1000: .*stands in front/);
  });

  test("a balancer's rules, whose marks the links' packets get too", async () => {
    stack.site = { ...stack.site, mask: "0x000f0000" };
    const said = await refused(
      `ip route add default via 66.119.160.1 dev eth2 table 202
      ip rule add pref 70 fwmark 0x65000000/0x7f800000 lookup 202
      iptables -t mangle -N BALANCE; iptables -t mangle -A PREROUTING -i eth0 -j BALANCE
      iptables -t mangle -A BALANCE -m mark --mark 0x0/0x7f800000 -j MARK --set-xmark 0x65000000/0x7f800000`,
      `ip rule del pref 70; ip route flush table 202; iptables -t mangle -D PREROUTING -i eth0 -j BALANCE
      iptables -t mangle -F BALANCE; iptables -t mangle -X BALANCE`,
    );
    expect(said).toMatch(
      /"70: from all fwmark 0x65000000\/0x7f800000 lookup 202".* stands in front of "\d+: .* lookup wan_one".* and takes every packet/,
    );
    expect(said).not.toMatch(/"70: .*stands in front of "\d+: .* lookup wan_two"/);
  });
});

describe("a rule in front that takes what comes in by a link to the inside is refused in the preview", () => {
  const other = "ip route add 172.16.1.0/24 via 149.99.251.145 dev eth1 table 78";
  const rule = (words: string) =>
    refused(`${other}; ip rule add pref 100 ${words}`, "ip rule del pref 100; ip route flush table 78");

  test("to a server of a published service, by the device of its link", async () => {
    const said = await rule("iif eth1 to 172.16.1.131 lookup 78");
    expect(said).toMatch(
      /multiwan:site\.publish: "100: from all to 172.16.1.131 iif eth1 lookup 78" stands in front of "1024: .*takes every packet from a link to tcp 123.234.1.11:1494 -> 172.16.1.131: they take "172.16.1.0\/24 via 149.99.251.145 dev eth1 table 78"; .*priorities below 100/,
    );
  });

  test("to the LAN, and to everywhere by a table that knows the LAN", async () => {
    const whole =
      /"100: .*lookup 78" stands in front of "1024: .*takes every packet from a link to the network 172.16.1.0\/24: /;
    expect(await rule("to 172.16.0.0/16 lookup 78")).toMatch(whole);
    expect(await rule("iif eth1 lookup 78")).toMatch(whole);
  });

  test("to the server's port, with no way at all", async () => {
    const said = await rule("to 172.16.1.130 ipproto tcp dport 25 prohibit");
    expect(said).toMatch(
      /takes every packet from a link to tcp 123.234.1.12:25 -> 172.16.1.130 and 1 more: prohibit ends/,
    );
  });
});

test("what does no harm in front is neither refused nor spoken of", async () => {
  await router(
    "ip rule add pref 900 lookup main suppress_prefixlength 0",
    "ip rule add pref 901 to 10.0.0.0/8 lookup main",
    "ip rule add pref 902 fwmark 0x40000000/0x40000000 lookup 77",
    "ip rule add pref 903 from 10.98.0.0/16 prohibit",
    "ip rule add pref 904 l3mdev",
    "ip rule add pref 905 to 172.16.1.131 lookup main",
    "ip rule add pref 906 iif eth0 to 172.16.1.131 lookup 77",
    "ip rule add pref 907 to 172.16.1.131 ipproto tcp dport 9999 prohibit",
    "ip rule add pref 908 from 203.0.113.0/24 to 172.16.1.131 prohibit",
  );
  const run = await stack.up();
  succeeded(run);
  expect(run.text).not.toMatch(/in front/);
  succeeded(await stack.destroy());
  await router("for p in 900 901 902 903 904 905 906 907 908; do ip rule del pref $p; done");
  expect(await lab.router.dump()).toBe(clean);
});

test("what takes only some packets is said, and the site is applied", async () => {
  await router("ip rule add pref 900 from 172.16.1.200 lookup 77");
  const run = await stack.up();
  succeeded(run);
  expect(run.text).toMatch(
    /"900: from 172.16.1.200 lookup foreign_vpn" stands in front of .* takes some of the packets/,
  );
  succeeded(await stack.destroy());
  await router("ip rule del pref 900");
  expect(await lab.router.dump()).toBe(clean);
});

test("a tunnel that comes in front later is drift that the preview names", async () => {
  succeeded(await stack.up());
  await router(
    "ip route add default via 192.168.99.2 dev eth3 table 51820",
    "ip rule add pref 1000 not fwmark 0xca6c lookup 51820; ip rule add pref 999 lookup main suppress_prefixlength 0",
  );
  const preview = await stack.preview();
  succeeded(preview);
  expect(preview.text).toMatch(
    /drift: "1000: not from all fwmark 0xca6c lookup 51820".* stands in front of "\d+: .*"default via 192.168.99.2 dev eth3/,
  );
  await router("ip rule add pref 100 to 172.16.1.131 blackhole");
  const more = await stack.preview();
  succeeded(more);
  expect(more.text).toMatch(
    /drift: "100: from all to 172.16.1.131 blackhole" stands in front of "1024: .*takes every packet/,
  );
  succeeded(await stack.destroy());
  await router("ip rule del pref 100; ip rule del pref 999; ip rule del pref 1000; ip route flush table 51820");
  expect(await lab.router.dump()).toBe(clean);
});
