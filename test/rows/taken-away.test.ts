import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Lab, startLab } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { iptablesVariants } from "../variants.ts";
import { type Direct, direct } from "./direct.ts";
import { addressOf, DOORS, SHUT, succeeded, through, visit } from "./helpers.ts";

/** The main default is ISP 1's, so a reply of the second door that lost its way leaves by ISP 1, which drops it. */
const LOST = { completed: false, inbound: "isp2", outbound: "isp1", dropped: ["isp1"] };
const STOPPED = { completed: false, inbound: "isp2", outbound: "none" };
const mangle = (rule: string) => `iptables -t mangle -D mw-site-mark ${rule}`;
const ROUTER = { from: "internet", to: "216.111.1.10", port: 22 } as const;

describe.each(iptablesVariants("nft"))("one line taken away by hand, iptables %s", (iptables) => {
  let lab: Lab;
  let stack: Direct;
  beforeAll(async () => {
    lab = await startLab({ iptables });
    await startSite(lab);
    stack = await direct(lab);
    await stack.deploy();
  });
  afterAll(() => lab?.stop());

  const cases = [
    [
      "the rule that restores the mark (row 2)",
      mangle("-j CONNMARK --restore-mark"),
      LOST,
      "missing: -t mangle -A mw-site-mark -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff",
    ],
    [
      "the rule that marks what comes in on eth2 (row 2)",
      mangle("-i eth2 -j MARK --set-mark 2"),
      LOST,
      "missing: -t mangle -A mw-site-mark -i eth2 -j MARK --set-xmark 0x2/0xffffffff",
    ],
    [
      "the rule that saves the mark (row 2)",
      mangle("-j CONNMARK --save-mark"),
      LOST,
      "missing: -t mangle -A mw-site-mark -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff",
    ],
    [
      "the way into the chain (row 2)",
      "iptables -t mangle -D PREROUTING -j mw-site-mark",
      LOST,
      "missing: -t mangle -A PREROUTING -j mw-site-mark",
    ],
    [
      // Either is enough: by the rule what comes in asks the main table before its mark counts.
      "the LAN in the link's table (row 4) and the rule that asks the main table first",
      "ip route del 172.16.1.0/24 table 2; ip rule del pref 1023 iif eth2",
      { completed: false, inbound: "isp2", outbound: "isp2" },
      "missing: 172.16.1.0/24 dev eth0 table wan_two scope link",
    ],
    [
      "the gateway in the link's table (row 4)",
      "ip route del default via 66.119.160.1 table 2",
      STOPPED,
      "missing: default via 66.119.160.1 dev eth2 table wan_two",
    ],
    ["the fwmark rule (row 5)", "ip rule del pref 1025", LOST, "missing: 1025: from all fwmark 0x2 lookup wan_two"],
    [
      "the door itself (rows 8 and 9)",
      "iptables -t nat -D PREROUTING -j mw-site-dnat",
      { completed: false, inbound: "isp2" },
      "missing: -t nat -A PREROUTING -j mw-site-dnat",
    ],
    [
      // Either is enough while all links are up: test/rows/link-down.test.ts and reply-only marking need the one and the other.
      "the loose reverse path filter and the mark that it asks with",
      "cd /proc/sys/net/ipv4/conf/eth2; echo 1 >rp_filter; echo 0 >src_valid_mark",
      STOPPED,
      "missing: net.ipv4.conf.eth2.rp_filter = 2",
    ],
  ] as const;

  // The kernel's own tables do not know which iptables there is.
  test.each(cases.filter(([, line]) => iptables === "nft" || line.startsWith("iptables")))(
    "without %s the second door is shut; a preview names the line, an up opens the door",
    async (_, line, expected, missing) => {
      expect(await lab.connect(DOORS.two)).toMatchObject(through("isp2"));
      await lab.router.exec(line);
      expect(await lab.connect({ ...DOORS.two, ...SHUT })).toMatchObject(expected);
      const mended = await stack.up();
      succeeded(mended);
      expect(mended.drift).toEqual(expect.arrayContaining([missing]));
      expect(await lab.connect(DOORS.two)).toMatchObject(through("isp2"));
    },
  );

  test("without the name in rt_tables `ip rule show` has a number, until the next up (row 3)", async () => {
    const shown = () => lab.router.exec("ip rule show pref 1025");
    const names = await lab.router.exec("cat /etc/iproute2/rt_tables");
    await lab.router.exec("sed -i '/^2 wan_two$/d' /etc/iproute2/rt_tables");
    expect(await shown()).toMatch(/fwmark 0x2 lookup 2\b/);
    const mended = await stack.up();
    succeeded(mended);
    expect(mended.drift).toEqual(["missing: /etc/iproute2/rt_tables: 2 wan_two"]);
    expect(await shown()).toMatch(/fwmark 0x2 lookup wan_two\b/);
    expect(await lab.router.exec("cat /etc/iproute2/rt_tables")).toBe(names);
  });

  test("without the main default nothing without a mark leaves, until the next up (row 6)", async () => {
    await lab.router.exec("ip route del default");
    expect((await lab.connect({ from: "lanhost", to: "203.0.113.80", port: 80, ...SHUT })).completed).toBe(false);
    succeeded(await stack.up());
    expect(await visit(lab, "lanhost")).toMatchObject(through("isp1"));
  });

  test("the router's own replies have two ways, each enough by itself; without both they are lost (row 7)", async () => {
    const hook = "iptables -t mangle -D OUTPUT -j mw-site-out";
    await lab.router.exec("ip rule del pref 1125 from 216.111.1.10");
    expect(await lab.connect(ROUTER)).toMatchObject(through("isp2"));
    await lab.router.exec(hook);
    expect(await lab.connect({ ...ROUTER, ...SHUT })).toMatchObject(LOST);
    succeeded(await stack.up());
    await lab.router.exec(hook);
    expect(await lab.connect(ROUTER)).toMatchObject(through("isp2"));
    succeeded(await stack.up());
  });

  test("without its SNAT a server shows the router's address, until the next up (row 9)", async () => {
    const rule = (await lab.router.exec("iptables-save -t nat"))
      .split("\n")
      .find((line) => /-s 172.16.1.131\/32.* --to-source 123.234.1.11$/.test(line))!;
    await lab.router.exec(`iptables -t nat ${rule.replace("-A", "-D")}`);
    expect(addressOf((await visit(lab, "server1")).peer)).toBe("123.234.1.10");
    succeeded(await stack.up());
    expect(addressOf((await visit(lab, "server1")).peer)).toBe("123.234.1.11");
  });
});
