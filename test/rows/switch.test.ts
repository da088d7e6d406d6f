import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { INTERNET, type Lab, startLab } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { iptablesVariants } from "../variants.ts";
import { type Direct, direct } from "./direct.ts";
import { addressOf, DOORS, SHUT, succeeded, through, visit } from "./helpers.ts";

const WEB = { from: "lanhost", to: INTERNET.web, port: 80 } as const;

describe.each(iptablesVariants("nft"))("the manual switch, iptables %s", (iptables) => {
  let lab: Lab;
  let stack: Direct;
  beforeAll(async () => {
    lab = await startLab({ iptables });
    await startSite(lab);
    stack = await direct(lab);
    await stack.deploy();
  });
  afterAll(() => lab?.stop());

  const up = async (change: object) => {
    stack.site = { ...stack.site, ...change };
    const run = await stack.up();
    succeeded(run);
    return Object.fromEntries(Object.entries(run.ops).filter(([, op]) => op !== "same"));
  };
  const server1 = (via?: string) => ({
    servers: { ...(stack.site.servers as object), server1: { address: "172.16.1.131", ...(via && { via }) } },
  });

  test("one word moves what a server sends to the other ISP, and no other host (row 1)", async () => {
    expect(await visit(lab, "server1")).toMatchObject(through("isp1"));
    expect(await up(server1("wan_two"))).toEqual({ "site-server1-via": "create" });
    const probe = await visit(lab, "server1");
    expect(probe).toMatchObject(through("isp2"));
    expect(addressOf(probe.peer)).toBe("216.111.1.11");
    expect(await visit(lab, "server2")).toMatchObject(through("isp1"));
    expect(await lab.connect(DOORS.one)).toMatchObject(through("isp1"));
    expect(await lab.router.exec("ip rule show")).toMatch(/^1223:\tfrom 172\.16\.1\.131 lookup wan_two/m);
  });

  test("without the rule the server is back on the default, and the next up moves it again", async () => {
    await lab.router.exec("ip rule del pref 1223");
    expect(await visit(lab, "server1")).toMatchObject(through("isp1"));
    expect(await up({})).toEqual({ "site-server1-via": "update" });
    expect(await visit(lab, "server1")).toMatchObject(through("isp2"));
    expect(await up(server1("wan_one"))).toEqual({ "site-server1-via": "update" });
    expect(await visit(lab, "server1")).toMatchObject(through("isp1"));
    expect(await up(server1())).toEqual({ "site-server1-via": "delete" });
    expect(await lab.router.exec("ip rule show")).not.toContain("1223:");
  });

  test("one word moves the main default; each door still answers through its own ISP (row 1)", async () => {
    expect(await up({ default: "wan_two" })).toEqual({ "site-default": "update" });
    expect(await visit(lab, "lanhost")).toMatchObject(through("isp2"));
    expect(await lab.connect(DOORS.one)).toMatchObject(through("isp1"));
    expect(await lab.connect(DOORS.two)).toMatchObject(through("isp2"));
    expect(await up({ default: "wan_one" })).toEqual({ "site-default": "update" });
    expect(await visit(lab, "lanhost")).toMatchObject(through("isp1"));
  });

  const conntrack = async (port: number) =>
    (await lab.router.exec(`conntrack -L -p tcp --sport ${port} 2>/dev/null`)).trim();

  test("a connection from the LAN has no mark at first; the first reply gives it one, and it stays on its ISP (row 10)", async () => {
    await lab.killIsp("isp1");
    const unanswered = await lab.connect({ ...WEB, ...SHUT });
    expect(await conntrack(unanswered.sourcePort)).toMatch(/SYN_SENT.*mark=0 /);
    await lab.reviveIsp("isp1");

    await using held = await lab.connect({ ...WEB, hold: true });
    expect(held).toMatchObject(through("isp1"));
    expect(await conntrack(held.sourcePort)).toMatch(/ESTABLISHED.*mark=1 /);
    await up({ default: "wan_two" });
    await held.echo();
    expect(await held.paths()).toEqual({ inbound: "isp1", outbound: "isp1", dropped: [] });
    expect(await lab.connect(WEB)).toMatchObject(through("isp2"));
    await up({ default: "wan_one" });
  });

  test("without the rule that saves the mark such a connection dies with the switch", async () => {
    await lab.router.exec("iptables -t mangle -D mw-site-mark -j CONNMARK --save-mark");
    await using held = await lab.connect({ ...WEB, hold: true });
    await held.echo();
    await lab.router.exec("ip route replace default via 66.119.160.1 dev eth2");
    await expect(held.echo("lost", 400)).rejects.toThrow("did not come back in time");
    succeeded(await stack.up());
    expect(await lab.connect(WEB)).toMatchObject(through("isp1"));
  });
});
