/** Lines of rt_tables that somebody has renamed, removed or moved by hand: drift of one table, and no obstacle for the rest. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Lab, startLab } from "../lab/index.ts";
import { type Direct, direct } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";
import { variants } from "../variants.ts";

const FILE = "/etc/iproute2/rt_tables";
const MISSING = `missing: ${FILE}: 1 wan_one`;

describe.each(variants(["iproute2", "busybox"] as const, "busybox"))("names of tables, %s", (ip) => {
  let lab: Lab;
  let stack: Direct;
  const exec = (command: string) => lab.router.exec(command);
  beforeAll(async () => {
    lab = await startLab(ip === "busybox" ? { sh: "busybox", busybox: true } : { foreign: false });
    stack = await direct(lab);
    await stack.deploy();
  });
  afterAll(() => lab?.stop());

  const all = [
    ["renamed", `sed -i 's/^1 wan_one/1 isp1/' ${FILE}`, [MISSING, `unexpected: ${FILE}: 1 isp1`]],
    ["removed", `sed -i '/wan_one/d' ${FILE}`, [MISSING]],
    ["exchanged", `sed -i 's/^1 wan_one/1 x/;s/^2 wan_two/2 wan_one/;s/^1 x/1 wan_two/' ${FILE}`, [MISSING]],
    ["given another number", `sed -i 's/^1 wan_one/9 wan_one/' ${FILE}`, [MISSING, `unexpected: ${FILE}: 9 wan_one`]],
    ["emptied", `: >${FILE}`, [MISSING]],
    ["missing", `rm ${FILE}`, [MISSING]],
    ["missing with its folder", `rm -r /etc/iproute2`, [MISSING]],
  ] as const;
  // What the others are for is tried with these, and in test/kinds and test/plan.
  test.each(variants(all, all[2], all[3], all[4], all[5]))(
    "%s: said in the preview, and mended by the next up",
    async (_, by, drift) => {
      await exec(by);
      const seen = await stack.preview();
      succeeded(seen);
      expect(seen.drift).toEqual(expect.arrayContaining([...drift]));
      const done = await stack.up();
      succeeded(done);
      expect(await exec(`grep wan_ ${FILE}`)).toBe("1 wan_one\n2 wan_two\n");
      expect((await stack.preview()).drift).toEqual([]);
    },
  );

  test("renamed beside a rule in front, a rule that is gone and an emptied chain: one up mends what is managed", async () => {
    const before = await lab.router.dump();
    const inFront = "ip rule add pref 100 lookup main";
    await exec(
      `sed -i 's/^1 wan_one/1 isp1/' ${FILE}; ip rule del pref 1025; ${inFront}; iptables -t mangle -F mw-site-mark`,
    );
    const { code, text, drift } = await stack.preview();
    expect({ code, drift }).toEqual({
      code: 0,
      drift: expect.arrayContaining([
        ...[MISSING, `unexpected: ${FILE}: 1 isp1`, "missing: 1025: from all fwmark 0x2 lookup wan_two"],
        "missing: -t mangle -A mw-site-mark -i eth2 -j MARK --set-xmark 0x2/0xffffffff",
      ]),
    });
    expect(text).toContain('drift: "100: from all lookup main" stands in front of');
    succeeded(await stack.up());
    await exec(inFront.replace("add", "del"));
    expect(await lab.router.dump()).toBe(before);
  });

  test("a table that another program has taken: refused by its routes, and all else comes with the refusal", async () => {
    const theirs = "10.77.0.0/16 via 66.119.160.1 dev eth2 table 2";
    await exec(
      `sed -i 's/^2 wan_two/2 vpn/; s/^1 wan_one/9 wan_one/' ${FILE}; ip route add ${theirs}; ip rule add pref 3000 from 10.9.9.9 lookup 9
       ip rule del pref 1024; sysctl -qw net.ipv4.conf.eth1.rp_filter=1`,
    );
    stack.endsAtRefusal = true;
    const { failures, text } = await stack.preview();
    stack.endsAtRefusal = false;
    expect(Object.keys(failures)).toEqual(["site-wan_one-table"]);
    expect(failures["site-wan_one-table"]).toContain(
      `multiwan:site.links.wan_one: ${FILE} already has the line "9 wan_one", and the last run has given that name to table 1; give table 9 another name there`,
    );
    // The engine does not come to that one.
    expect(failures["site-wan_one-table"]).toContain(
      `multiwan:site.links.wan_two.table: ${FILE} already has the line "2 vpn", which was "2 wan_two" after the last run, and the table has routes of another program: ${theirs}. Remove these routes and the next up writes its own name there, or take another table number here; tables `,
    );
    expect(text).toContain("missing: 1024: from all fwmark 0x1 lookup wan_one");
    expect(text).toContain("missing: net.ipv4.conf.eth1.rp_filter = 2");
    await exec(`ip route del ${theirs}; ip rule del pref 3000`);
    succeeded(await stack.up());
    expect((await stack.preview()).drift).toEqual([]);
  });
});
