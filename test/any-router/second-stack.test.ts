import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parseRule } from "../../provider/dialects/iptables/packet-rule.ts";
import type { Line } from "../../provider/model/line.ts";
import { parseRouterSettings } from "../../provider/ssh/settings.ts";
import { Router } from "../../provider/transact/router.ts";
import { type Lab, startLab } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { type Direct, direct } from "../rows/direct.ts";
import { DOORS, succeeded, through } from "../rows/helpers.ts";
import { iptablesVariants } from "../variants.ts";

const MANIFEST = "cat /run/multiwan/manifest";
const stacksIn = (manifest: string) => [...new Set(manifest.match(/^owner [^/]+\/[^/]+/gm) ?? [])];
/** The boot file before this one is kept beside it, whoever wrote it. */
const withoutBackup = (dump: string) => dump.replace(/^\S*etc\/multiwan\/boot\.prev .*\n(?: {2}.*\n)*/gm, "");

describe.each(iptablesVariants("legacy"))("two stacks on one router, iptables %s", (iptables) => {
  let lab: Lab;
  let first: Direct;
  let second: Direct;
  let fresh: string;
  beforeAll(async () => {
    lab = await startLab({ iptables, foreign: false });
    await startSite(lab);
    await lab.router.exec("ip rule add pref 700 from all fwmark 0x77 lookup 250");
    fresh = await lab.router.dump();
    first = await direct(lab);
    first.site = {
      ...first.site,
      mask: "0x0f000000",
      default: "wan_one",
      adopt: ["700: from all fwmark 0x77 lookup 250"],
    };
    succeeded(await first.up());
    second = await direct(lab);
    second.stack = "multiwan/again";
  });
  afterAll(() => lab?.stop());

  test("the same site in another stack is refused in the preview, by that stack's name and with the way out", async () => {
    const before = await lab.router.dump();
    for (const run of [await second.preview(), await second.up()]) {
      expect(run.code).toBe(1);
      expect(run.text).toContain("the stack multiwan/lab has this on the router");
      expect(run.text).toContain("takeOverFrom: multiwan/lab");
      expect(run.text).toContain("destroy it there");
    }
    expect(await lab.router.dump()).toBe(before);
    expect(await lab.connect(DOORS.one)).toMatchObject(through("isp1"));
  });

  test("with other ids, marks and names both live on it; a service that the first has is refused", async () => {
    const alone = withoutBackup(await lab.router.dump());
    const [door] = first.site.publish as { address: string; tcp: unknown[] }[];
    second.component = "edge";
    second.site = {
      ...{ mask: "0x00f00000", lan: first.site.lan, servers: first.site.servers, persist: first.site.persist ?? true },
      links: { edge_one: { id: 3, device: "eth1", gateway: "149.99.251.145" } },
      publish: [{ link: "edge_one", address: "123.234.1.20", server: "server3", tcp: [81] }],
    };
    const services = second.site.publish as object[];
    second.site.publish = [...services, { ...door, link: "edge_one" }];
    const refused = await second.preview();
    expect(refused.text).toContain(`tcp ${door!.address}:`);
    expect(refused.text).toContain("multiwan/lab");
    second.site.publish = services;
    succeeded(await second.up());
    expect(new Set(Object.values((await first.preview()).ops))).toEqual(new Set(["same"]));
    expect(stacksIn(await lab.router.exec(MANIFEST))).toEqual(["owner multiwan/again", "owner multiwan/lab"]);
    await using _ = await lab.server("server3", { port: 81 });
    expect(await lab.connect({ from: "internet", to: "123.234.1.20", port: 81 })).toMatchObject(through("isp1"));
    expect(await lab.connect(DOORS.one)).toMatchObject(through("isp1"));
    expect(await lab.connect(DOORS.two)).toMatchObject(through("isp2"));
    succeeded(await second.destroy());
    expect(withoutBackup(await lab.router.dump())).toBe(alone);
  });

  test("a re-created stack takes over by takeOverFrom, which the preview says; no line moves, and the old state's destroy does nothing", async () => {
    const heir = await direct(lab);
    heir.stack = "multiwan/heir";
    heir.site = { ...first.site, takeOverFrom: "multiwan/lab" };
    const watch = await lab.router.watchWrites();
    succeeded(await heir.preview());
    succeeded(await heir.up());
    expect(stacksIn(await lab.router.exec(MANIFEST))).toEqual(["owner multiwan/heir"]);
    expect((await first.preview()).text).toContain("the stack multiwan/heir has this on the router");
    succeeded(await first.destroy());
    expect(await watch.stop()).toEqual([]);
    heir.site = { ...first.site };
    expect(new Set(Object.values((await heir.up()).ops))).toEqual(new Set(["same"]));
    succeeded(await heir.destroy());
    expect(await lab.router.dump()).toBe(fresh);
  });

  test("one that has read the router before the other's lines came is refused when it applies its own", async () => {
    const parsed = parseRouterSettings(first.router);
    if ("issues" in parsed) throw new Error("settings");
    const [fast, slow] = [new Router(parsed.settings), new Router(parsed.settings)];
    const chain = (rule: string): Line => ({
      kind: "chain",
      table: "nat",
      chain: "mw-site-dnat",
      rules: [parseRule(rule)],
    });
    const [theirs, own] = ["multiwan/fast/ServerMap/site", "multiwan/slow/ServerMap/site"] as const;
    await slow.first();
    await fast.apply({ owner: theirs, desired: [chain("-d 192.0.2.1/32 -j RETURN")] });
    await expect(slow.apply({ owner: own, desired: [chain("-d 192.0.2.2/32 -j RETURN")] })).rejects.toThrow(
      /the stack multiwan\/fast has this on the router/,
    );
    expect(await lab.router.exec("iptables-save -t nat")).toContain("192.0.2.1/32");
    await fast.apply({ owner: theirs, desired: undefined });
    await Promise.all([fast.close(), slow.close()]);
    expect(await lab.router.dump()).toBe(fresh);
  });
});
