import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { LAN, type Lab, startLab } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { iptablesVariants } from "../variants.ts";
import { type Direct, direct } from "./direct.ts";
import { DOORS, SHUT, succeeded, through } from "./helpers.ts";

describe.each(iptablesVariants("nft"))("kinds of doors, iptables %s", (iptables) => {
  let lab: Lab;
  let stack: Direct;
  beforeAll(async () => {
    lab = await startLab({ iptables });
    await startSite(lab);
    await lab.server("server1", { port: 53, proto: "udp" });
    await lab.server("server1", { port: 5005 });
    stack = await direct(lab);
    const publish = (stack.site.publish as { address: string }[]).filter((p) => p.address !== "216.111.1.11");
    const door = { link: "wan_two", address: "216.111.1.11", server: "server1", udp: [53] };
    const web = { link: "wan_two", address: "216.111.1.11", server: "server3", tcp: [{ port: 8080, to: 80 }] };
    stack.site = { ...stack.site, publish: [...publish, { ...door, tcp: [1494, "5000-5010"] }, web] };
    await stack.deploy();
  });
  afterAll(() => lab?.stop());
  const at = (port: number, proto: "tcp" | "udp" = "tcp") =>
    ({ from: "internet", to: "216.111.1.11", port, proto }) as const;

  test("UDP, a port within a range, and another port inside are answered through ISP 2", async () => {
    expect(await lab.connect(at(53, "udp"))).toMatchObject({ ...through("isp2"), banner: "server1 udp/53" });
    expect(await lab.connect(at(5005))).toMatchObject({ ...through("isp2"), banner: "server1 tcp/5005" });
    expect(await lab.connect(at(8080))).toMatchObject({ ...through("isp2"), banner: "server3 tcp/80" });
    expect((await lab.connect({ ...at(5011), ...SHUT })).completed).toBe(false);
  });

  test.each(["lanhost", "server1"] as const)(
    "%s reaches server 1 by its external addresses (hairpin)",
    async (from) => {
      for (const to of ["123.234.1.11", "216.111.1.11"]) {
        const probe = await lab.connect({ from, to, port: 1494 });
        expect(probe).toMatchObject({ completed: true, banner: "server1 tcp/1494", inbound: "none", outbound: "none" });
        // The server must not see its neighbour, or it would answer past the router.
        expect(probe.peer).toBe(`${LAN.router}:${probe.sourcePort}`);
      }
    },
  );

  test("without its hairpin rule the server answers its neighbour directly, who waits for another", async () => {
    const rule = (await lab.router.exec("iptables-save -t nat")).split("\n").find((l) => l.includes("--ctstate DNAT"))!;
    await lab.router.exec(`iptables -t nat ${rule.replace("-A", "-D")}`);
    expect((await lab.connect({ ...DOORS.two, from: "lanhost", ...SHUT })).completed).toBe(false);
    succeeded(await stack.up());
    expect((await lab.connect({ ...DOORS.two, from: "lanhost" })).completed).toBe(true);
  });

  test("a mark of somebody else's on the router's own packets is left alone", async () => {
    await lab.router.exec("iptables -t mangle -A POSTROUTING -p icmp -m mark --mark 0x50 -j RETURN");
    await lab.router.exec("ping -c 1 -W 2 -m 80 192.168.99.2");
    const counters = await lab.router.counters();
    const [, counted] = Object.entries(counters).find(([rule]) => rule.includes("--mark 0x50"))!;
    expect(counted.packets).toBe(1);
  });

  test("with forward: true published doors, and only they, pass a FORWARD chain that drops", async () => {
    // Past the doors, straight to a server: the operator's network has a way in.
    const past = { from: "operator", to: LAN.server2, port: 25 } as const;
    await lab.run("operator", ["ip", "route", "replace", "172.16.1.0/24", "via", "192.168.99.1"]);
    expect((await lab.connect(past)).completed).toBe(true);
    await lab.router.exec("iptables -P FORWARD DROP");
    expect((await lab.connect({ ...DOORS.two, ...SHUT })).completed).toBe(false);
    stack.site = { ...stack.site, forward: true };
    succeeded(await stack.up());
    expect(await lab.connect(DOORS.two)).toMatchObject(through("isp2"));
    expect(await lab.connect(DOORS.one)).toMatchObject(through("isp1"));
    expect(await lab.connect(at(8080))).toMatchObject(through("isp2"));
    expect((await lab.connect({ ...past, ...SHUT })).completed).toBe(false);
    stack.site = { ...stack.site, forward: false };
    succeeded(await stack.up());
    expect((await lab.connect({ ...DOORS.two, ...SHUT })).completed).toBe(false);
    expect(await lab.router.exec("iptables-save -t filter")).not.toContain("mw-");
  });
});
