import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Drive, drive } from "../drive/index.ts";
import { INTERNET, type Lab, type LabOptions, startLab } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { variants } from "../variants.ts";
import { DOORS, succeeded, through } from "./helpers.ts";

const ROUTERS: Record<string, LabOptions> = {
  "iptables nft": { iptables: "nft" },
  "iptables legacy, with a default of its own": {
    iptables: "legacy",
    defaultRoute: "default via 66.119.160.1 dev eth2",
  },
  "busybox for everything": { iptables: "legacy", busybox: true },
};

describe.each(variants(Object.keys(ROUTERS), "busybox for everything"))(
  "a stack from its first preview to its end: %s",
  (name) => {
    let lab: Lab;
    let stack: Drive;
    let before: string;
    beforeAll(async () => {
      lab = await startLab(ROUTERS[name]);
      await startSite(lab);
      stack = drive(lab);
      before = await lab.router.dump();
    });
    afterAll(async () => {
      await stack?.[Symbol.asyncDispose]();
      await lab?.stop();
    });

    /** A command and the logins that it took. */
    const logins = async (command: Promise<{ code: number; text: string }>) => {
      const from = await lab.router.handshakes();
      const ran = await command;
      succeeded(ran);
      return { text: ran.text, logins: (await lab.router.handshakes()) - from };
    };

    test("a preview logs in once, shows the lines, and leaves the router as it was", async () => {
      const { text, logins: count } = await logins(stack.preview("--diff"));
      expect(count).toBe(1);
      expect(text).toContain("1024: from all fwmark 0x1 lookup wan_one");
      expect(text).toContain("-A mw-site-mark -i eth2 -j MARK --set-xmark 0x2/0xffffffff");
      expect(await lab.router.dump()).toBe(before);
    });

    test("an up logs in twice, for its preview and for its update, and opens the doors", async () => {
      expect((await logins(stack.up())).logins).toBe(2);
      expect(await lab.connect(DOORS.one)).toMatchObject(through("isp1"));
      expect(await lab.connect(DOORS.two)).toMatchObject(through("isp2"));
      const web = await lab.connect({ from: "server1", to: INTERNET.web, port: 80 });
      expect(web).toMatchObject(through("isp1"));
    });

    test("a second up says that nothing changes, and writes nothing: no announcement, no counter set back", async () => {
      const dump = await lab.router.dump();
      const counted = await lab.router.counters();
      const watch = await lab.router.watchWrites();
      const { text, logins: count } = await logins(stack.up("--skip-preview"));
      expect(await watch.stop()).toEqual([]);
      // Without its preview it logs in once.
      expect(count).toBe(1);
      expect(text).toMatch(/\d+ unchanged/);
      expect(text).not.toMatch(/\d+ (updated|created|deleted)/);
      expect(await lab.router.dump()).toBe(dump);
      const now = await lab.router.counters();
      expect(Object.keys(now)).toEqual(Object.keys(counted));
      for (const [rule, { packets }] of Object.entries(counted))
        expect(now[rule]!.packets).toBeGreaterThanOrEqual(packets);
      expect(counted["mangle -A mw-site-mark -i eth2 -j MARK --set-xmark 0x2/0xffffffff"]!.packets).toBeGreaterThan(0);
    });

    test("a destroy logs in once, and leaves the router as it was found: other people's lines, files and settings", async () => {
      expect((await logins(stack.destroy())).logins).toBe(1);
      expect(await lab.router.dump()).toBe(before);
    });
  },
);
