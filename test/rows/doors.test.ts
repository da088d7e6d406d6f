import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { INTERNET, type Lab, startLab, WANS } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { type Direct, direct } from "./direct.ts";
import { addressOf, DOORS, SHUT, through, visit } from "./helpers.ts";

describe.each(["nft", "legacy"] as const)("the doors of a site, iptables %s", (iptables) => {
  let lab: Lab;
  let stack: Direct;
  beforeAll(async () => {
    lab = await startLab({ iptables });
    await startSite(lab);
    stack = await direct(lab);
    await stack.deploy();
    await lab.server("router", { port: 7, proto: "udp", address: "216.111.1.10" });
  });
  afterAll(() => lab?.stop());

  const ping = async (to: string) =>
    (await lab.run("internet", ["ping", "-c", "1", "-W", "2", "-I", INTERNET.client, to])).code;

  describe.each(["wan_one", "wan_two"])("while the main default is %s", (main) => {
    beforeAll(async () => {
      stack.site = { ...stack.site, default: main };
      await stack.deploy();
    });

    test.each([
      ["123.234.1.11", 1494, "isp1", "server1 tcp/1494"],
      ["123.234.1.12", 25, "isp1", "server2 tcp/25"],
      ["123.234.1.12", 80, "isp1", "server2 tcp/80"],
      ["123.234.1.13", 80, "isp1", "server3 tcp/80"],
      ["216.111.1.11", 1494, "isp2", "server1 tcp/1494"],
      ["216.111.1.12", 25, "isp2", "server2 tcp/25"],
    ])("%s port %i is answered through %s by %s (rows 7 and 9)", async (to, port, isp, banner) => {
      expect(await lab.connect({ from: "internet", to, port })).toMatchObject({ ...through(isp), banner });
    });

    test.each([
      ["123.234.1.10", "isp1"],
      [WANS.isp1.router, "isp1"],
      ["216.111.1.10", "isp2"],
      [WANS.isp2.router, "isp2"],
    ])("the router's own ssh and ping on %s answer through %s (row 7)", async (to, isp) => {
      const probe = await lab.connect({ from: "internet", to, port: 22 });
      expect(probe).toMatchObject(through(isp));
      expect(probe.banner).toMatch(/^SSH-/);
      expect(await ping(to)).toBe(0);
    });

    test("a UDP service of the router's on its second address answers through ISP 2", async () => {
      const probe = await lab.connect({ from: "internet", to: "216.111.1.10", port: 7, proto: "udp" });
      expect(probe).toMatchObject(through("isp2"));
    });

    test("a port that nobody published stays shut", async () => {
      expect((await lab.connect({ from: "internet", to: "123.234.1.11", port: 81, ...SHUT })).completed).toBe(false);
    });

    test.each([
      ["server1", { wan_one: "123.234.1.11", wan_two: "216.111.1.11" }],
      ["server2", { wan_one: "123.234.1.12", wan_two: "216.111.1.12" }],
      // No alias of the second ISP is server 3's: it goes out as the router itself.
      ["server3", { wan_one: "123.234.1.13", wan_two: "216.111.1.10" }],
      ["lanhost", { wan_one: "123.234.1.10", wan_two: "216.111.1.10" }],
    ] as const)("%s leaves by the default with the address of that link (row 9)", async (host, addresses) => {
      const probe = await visit(lab, host);
      expect(probe).toMatchObject(through(main === "wan_one" ? "isp1" : "isp2"));
      expect(addressOf(probe.peer)).toBe(addresses[main as keyof typeof addresses]);
    });
  });

  test("both doors of one server are open at once, and the death of either ISP leaves the other (row 8)", async () => {
    await using one = await lab.connect({ ...DOORS.one, hold: true });
    await using two = await lab.connect({ ...DOORS.two, hold: true });
    await Promise.all([one.echo(), two.echo()]);
    for (const [dead, left, held, door, gone] of [
      ["isp1", "isp2", two, DOORS.two, DOORS.one],
      ["isp2", "isp1", one, DOORS.one, DOORS.two],
    ] as const) {
      await lab.killIsp(dead);
      expect(await lab.connect({ ...gone, ...SHUT })).toMatchObject({ completed: false, inbound: "none" });
      expect(await lab.connect(door)).toMatchObject(through(left));
      await held.echo();
      await lab.reviveIsp(dead);
    }
    expect(await two.paths()).toEqual({ inbound: "isp2", outbound: "isp2", dropped: [] });
  });
});
