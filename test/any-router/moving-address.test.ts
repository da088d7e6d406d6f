import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Lab, startLab } from "../lab/index.ts";
import { type Direct, direct } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";

/** Published by the lab's site; here keepalived moves it between two routers. */
const VIP = "123.234.1.12";
const OTHER = "123.234.1.13";
const CONF = `vrrp_instance outside {
    state BACKUP
    interface eth1   # towards the ISP
    virtual_ipaddress {
        ${VIP}/32 label eth1:vip
    }
}`;

describe("an address that moves between machines", () => {
  let lab: Lab;
  let stack: Direct;
  const running = (name: string) =>
    `cp $(command -v sleep) /run/${name}; /run/${name} 1000 >/dev/null 2>&1 & echo $! >/run/${name}.pid; sleep 0.2`;
  const has = async (address: string) => (await lab.router.exec("ip addr show eth1")).includes(`inet ${address}/32`);
  beforeAll(async () => {
    lab = await startLab({ foreign: false });
    await lab.router.exec(`mkdir -p /etc/keepalived; cat >/etc/keepalived/keepalived.conf <<'END'\n${CONF}\nEND`);
    await lab.router.exec(running("keepalived"));
    stack = await direct(lab);
  });
  afterAll(() => lab?.stop());

  test.each(["the other machine has it", "this machine has it"])(
    "is refused with the reason where %s",
    async (where) => {
      if (where.startsWith("this")) await lab.router.exec(`ip addr add ${VIP}/32 dev eth1 label eth1:vip`);
      const before = await lab.router.dump();
      const run = await stack.up();
      expect(run.code).toBe(1);
      expect(run.text).toContain(`${VIP} moves between machines: keepalived puts it on the one that is to have it`);
      expect(run.text).toContain("list it under existing");
      expect(await lab.router.dump()).toBe(before);
    },
  );

  test("under existing it is published, and neither put nor taken away: the runs are quiet when it comes and goes", async () => {
    const links = stack.site.links as Record<string, object>;
    stack.site = { ...stack.site, links: { ...links, wan_one: { ...links.wan_one, existing: [VIP] } } };
    succeeded(await stack.up());
    expect(await has(VIP)).toBe(true);
    for (const verb of ["del", "add"]) {
      await lab.router.exec(`ip addr ${verb} ${VIP}/32 dev eth1`);
      const run = await stack.up();
      expect(run.drift).toEqual([]);
      expect(new Set(Object.values(run.ops))).toEqual(new Set(["same"]));
      expect(await has(VIP)).toBe(verb === "add");
      // Its replies have their rule on either machine, before it comes.
      expect(await lab.router.exec("ip rule show")).toContain(`from ${VIP} lookup`);
    }
    succeeded(await stack.destroy());
    expect(await has(VIP)).toBe(true);
  });

  test("of a program that says nothing of its addresses, one that is there as /32 is its own", async () => {
    await lab.router.exec(`kill $(cat /run/keepalived.pid); ${running("ucarp")}`);
    await lab.router.exec(`ip addr del ${VIP}/32 dev eth1; ip addr add ${OTHER}/32 dev eth1`);
    const { text, code } = await stack.preview();
    expect(code).toBe(1);
    expect(text).toContain(`${OTHER} moves between machines: ucarp`);
    expect(text).not.toContain("216.111.1.11 moves");
  });
});
