import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { INTERNET, type Lab, startLab, WANS } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { iptablesVariants } from "../variants.ts";
import { type Direct, direct } from "./direct.ts";
import { DOORS, SHUT, succeeded, through } from "./helpers.ts";

describe.each(iptablesVariants("legacy"))("reply-only marking (row 11), iptables %s", (iptables) => {
  let lab: Lab;
  let stack: Direct;
  beforeAll(async () => {
    lab = await startLab({ iptables });
    await startSite(lab);
    stack = await direct(lab);
    stack.site = { ...stack.site, marking: "reply-only" };
    await stack.deploy();
  });
  afterAll(() => lab?.stop());

  test("the connection is marked on the way in, and the packet itself only when it comes from elsewhere", async () => {
    const rules = await lab.router.exec("iptables-save -t mangle | grep -e '-A mw-site-mark'");
    expect(rules.trim().split("\n")).toEqual([
      "-A mw-site-mark -i eth1 -j CONNMARK --set-xmark 0x1/0xffffffff",
      "-A mw-site-mark -i eth1 -j RETURN",
      "-A mw-site-mark -i eth2 -j CONNMARK --set-xmark 0x2/0xffffffff",
      "-A mw-site-mark -i eth2 -j RETURN",
      "-A mw-site-mark -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff",
    ]);
  });

  test("both doors and the router's own ssh answer by the ISP that was used", async () => {
    expect(await lab.connect(DOORS.one)).toMatchObject(through("isp1"));
    expect(await lab.connect(DOORS.two)).toMatchObject(through("isp2"));
    for (const to of ["216.111.1.10", WANS.isp2.router])
      expect(await lab.connect({ from: "internet", to, port: 22 })).toMatchObject(through("isp2"));
  });

  test("the tables need no LAN: without it the door is open all the same", async () => {
    await lab.router.exec("ip route del 172.16.1.0/24 table 2 2>/dev/null || :");
    expect(await lab.connect(DOORS.two)).toMatchObject(through("isp2"));
    succeeded(await stack.up());
  });

  test("a client in the other ISP's own network is answered through the door it used", async () => {
    const probe = await lab.connect({ ...DOORS.two, from: "isp1", source: WANS.isp1.gateway });
    expect(probe).toMatchObject(through("isp2"));
  });

  test("a connection from the LAN lives on beyond its second reply, and stays when the default moves", async () => {
    await using held = await lab.connect({ from: "lanhost", to: INTERNET.web, port: 80, hold: true });
    for (let i = 0; i < 3; i++) await held.echo();
    stack.site = { ...stack.site, default: "wan_two" };
    succeeded(await stack.up());
    await held.echo();
    expect(await held.paths()).toEqual({ inbound: "isp1", outbound: "isp1", dropped: [] });
    stack.site = { ...stack.site, default: "wan_one" };
    succeeded(await stack.up());
  });

  test.each(["-i eth2 -j CONNMARK --set-mark 2", "-j CONNMARK --restore-mark"])(
    "without `%s` the second door is shut, until the next up",
    async (rule) => {
      await lab.router.exec(`iptables -t mangle -D mw-site-mark ${rule}`);
      const lost = { completed: false, inbound: "isp2", outbound: "isp1", dropped: ["isp1"] };
      expect(await lab.connect({ ...DOORS.two, ...SHUT })).toMatchObject(lost);
      succeeded(await stack.up());
      expect(await lab.connect(DOORS.two)).toMatchObject(through("isp2"));
    },
  );

  test("a move to every-packet and back keeps an open connection", async () => {
    await using held = await lab.connect({ ...DOORS.two, hold: true });
    for (const marking of ["every-packet", "reply-only"]) {
      stack.site = { ...stack.site, marking };
      succeeded(await stack.up());
      await held.echo();
    }
    expect(await held.paths()).toEqual({ inbound: "isp2", outbound: "isp2", dropped: [] });
  });
});
