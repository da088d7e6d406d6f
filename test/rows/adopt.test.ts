/** A router that somebody set up by hand becomes one that is declared, with a connection open all the while. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Drive, drive } from "../drive/index.ts";
import { type Lab, startLab } from "../lab/index.ts";
import { LOOSE, MAP, MARKS, TABLES } from "../lab/recipe.ts";
import { startSite } from "../lab/site.ts";
import { direct } from "./direct.ts";
import { DOORS, succeeded, through } from "./helpers.ts";

/** What the hand-typed recipe has and the declaration says in other words; lines equal to declared ones need no mention. */
const ADOPT = [
  "-t mangle -A PREROUTING -j CONNMARK --restore-mark",
  "-t mangle -A PREROUTING -m mark --mark 1 -j ACCEPT",
  "-t mangle -A PREROUTING -i eth1 -j MARK --set-mark 1",
  "-t mangle -A PREROUTING -m mark --mark 2 -j ACCEPT",
  "-t mangle -A PREROUTING -i eth2 -j MARK --set-mark 2",
  "-t mangle -A PREROUTING -j CONNMARK --save-mark",
  "-t nat -A PREROUTING -d 123.234.1.11/32 -p tcp -m tcp --dport 1494 -j DNAT --to-destination 172.16.1.131",
  "-t nat -A POSTROUTING -s 172.16.1.0/24 -o eth1 -j SNAT --to-source 123.234.1.11",
  "149.99.251.144/29 dev eth1 table wan_one scope link src 149.99.251.146",
];

/** The ISP's own network in the link's table, as the Linux Advanced Routing HOWTO has it (4.2.1). */
const HOWTO = "ip route add 149.99.251.144/29 dev eth1 src 149.99.251.146 table 1";

describe("a router set up by hand", () => {
  let lab: Lab;
  let stack: Drive;
  let before = "";

  beforeAll(async () => {
    lab = await startLab({ defaultRoute: "default via 149.99.251.145 dev eth1" });
    await startSite(lab);
    await lab.router.exec([LOOSE, MAP, TABLES, MARKS, HOWTO].join("\n"));
    stack = drive(lab);
    before = await lab.router.dump();
  }, 60_000);
  afterAll(() => lab.stop());

  test("is refused while its marking rules are not spoken for", async () => {
    await using fast = await direct(lab);
    const { code, text } = await fast.preview();
    expect(code).not.toBe(0);
    expect(text).toContain(
      `the router has a foreign rule that writes the whole mark: "-t mangle -A PREROUTING -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff"; write it only bits of its own, such as --restore-mark --nfmask M --ctmask M, M being its own bits, remove it, or list it under replace`,
    );
  });

  test("is refused while a table has routes that are not spoken for", async () => {
    await using fast = await direct(lab);
    fast.site.replace = ADOPT.filter((line) => !line.includes("scope link"));
    expect((await fast.preview()).text).toContain(
      "table 1 already has routes that are not declared here: 149.99.251.144/29 dev eth1 table 1 scope link src 149.99.251.146",
    );
  });

  test("is refused when a line to replace is not there", async () => {
    await using fast = await direct(lab);
    fast.site.replace = [...ADOPT, "-t nat -A PREROUTING -d 123.234.1.99/32 -j DNAT --to-destination 172.16.1.131"];
    expect((await fast.preview()).text).toContain(
      'the router has no line "-t nat -A PREROUTING -d 123.234.1.99/32 -j DNAT --to-destination 172.16.1.131"',
    );
  });

  test("is taken over, and no open connection notices", async () => {
    await using held = await lab.connect({ ...DOORS.two, hold: true });
    stack.site.replace = ADOPT;
    const shown = await stack.preview("--diff");
    for (const line of [
      "-t mangle -A PREROUTING -i eth1 -j MARK --set-xmark 0x1/0xffffffff",
      "1024: from all fwmark 0x1 lookup wan_one",
    ])
      expect(shown.text).toContain(`: "${line}"`);
    succeeded(await stack.up("--skip-preview"));
    await held.echo();
    const mangle = await lab.router.exec("iptables -t mangle -S PREROUTING");
    expect(mangle).toContain("-j mw-site-mark");
    expect(mangle).not.toContain("CONNMARK");
    expect(await lab.connect(DOORS.one)).toMatchObject(through("isp1"));
    expect(await lab.connect(DOORS.two)).toMatchObject(through("isp2"));
  });

  test("is quiet from then on", async () => {
    expect((await stack.preview()).text).toContain("12 unchanged");
  });

  test("is given back by destroy as it was found", async () => {
    succeeded(await stack.destroy("--skip-preview"));
    expect(await lab.router.dump()).toBe(before);
  });
});
