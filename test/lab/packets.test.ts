import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { iptablesVariants } from "../variants.ts";
import { INTERNET, type Lab, startLab, WANS } from "./index.ts";
import { DEFAULT_ISP1, DEFAULT_ISP2, LOOSE, MAP, MARKS, TABLES } from "./recipe.ts";

const door1 = { from: "internet", to: "123.234.1.11", port: 1494 } as const;
const door2 = { from: "internet", to: "216.111.1.11", port: 1494 } as const;
const via = (inbound: string, outbound: string) => ({ completed: true, inbound, outbound, dropped: [] });

describe.each(iptablesVariants("legacy"))("a site with iptables %s whose default leads to ISP 1", (iptables) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab({ iptables, defaultRoute: DEFAULT_ISP1 });
    await lab.server("server1", { port: 1494 });
    await lab.server("server1", { port: 1494, proto: "udp" });
    await lab.server("internet", { port: 80, address: INTERNET.web });
    await lab.router.exec(MAP);
  });
  afterAll(() => lab?.stop());

  test("strict rp_filter drops what comes in over the WAN that is not the default", async () => {
    const probe = await lab.connect({ ...door2, timeoutMs: 300 });
    expect(probe).toMatchObject({ completed: false, inbound: "isp2", outbound: "none", dropped: [] });
  });

  test("without marks the reply leaves by ISP 1, which drops its foreign source", async () => {
    await lab.router.exec(LOOSE);
    const probe = await lab.connect({ ...door2, timeoutMs: 300 });
    expect(probe).toMatchObject({ completed: false, inbound: "isp2", outbound: "isp1", dropped: ["isp1"] });
    expect(await lab.connect(door1)).toMatchObject(via("isp1", "isp1"));
  });

  test("with the six rules each connection is answered by the ISP it came through", async () => {
    await lab.router.exec(TABLES + MARKS);
    const probe = await lab.connect(door2);
    expect(probe).toMatchObject({ ...via("isp2", "isp2"), banner: "server1 tcp/1494" });
    expect(probe.peer).toBe(`${INTERNET.client}:${probe.sourcePort}`);
    expect(await lab.connect(door1)).toMatchObject(via("isp1", "isp1"));
    expect(await lab.connect({ ...door2, source: INTERNET.client2 })).toMatchObject(via("isp2", "isp2"));
    expect(await lab.connect({ ...door2, proto: "udp" })).toMatchObject({
      ...via("isp2", "isp2"),
      banner: "server1 udp/1494",
    });
  });

  test("a client on ISP 1's link network is served through ISP 2", async () => {
    const probe = await lab.connect({ ...door2, from: "isp1", source: WANS.isp1.gateway });
    expect(probe).toMatchObject(via("isp2", "isp2"));
  });

  test("a connection from the LAN follows the default and shows the SNAT address", async () => {
    const probe = await lab.connect({ from: "lanhost", to: INTERNET.web, port: 80 });
    expect(probe).toMatchObject({ ...via("isp1", "isp1"), banner: "internet tcp/80" });
    expect(probe.peer).toBe(`123.234.1.11:${probe.sourcePort}`);
  });

  test("a service of the router itself is a door as well: sshd's banner counts as an answer", async () => {
    const before = await lab.router.handshakes();
    const probe = await lab.connect({ from: "internet", to: WANS.isp1.router, port: 22 });
    expect(probe).toMatchObject({ ...via("isp1", "isp1"), peer: undefined });
    expect(probe.banner).toMatch(/^SSH-2\.0-/);
    expect(await lab.router.handshakes()).toBe(before);
  });

  test("nobody answers on a port without a server", async () => {
    const probe = await lab.connect({ from: "lanhost", to: INTERNET.web, port: 81 });
    expect(probe).toMatchObject({ completed: false, banner: undefined });
    expect(probe.error).toContain("ECONNREFUSED");
  });

  test("a held connection keeps every byte and its ISP while the default moves", async () => {
    await using held = await lab.connect({ ...door2, hold: true });
    expect(held.completed).toBe(true);
    await lab.router.exec(`ip route replace ${DEFAULT_ISP2}`);
    await held.echo("x".repeat(100_000));
    await lab.router.exec(`ip route replace ${DEFAULT_ISP1}`);
    await held.echo();
    expect(await held.state()).toMatchObject({ open: true, sent: 100_024, received: 100_024 });
    expect(await held.paths()).toEqual({ inbound: "isp2", outbound: "isp2", dropped: [] });
  });

  test("a dead ISP stops its own door only, and a held connection stalls until it is revived", async () => {
    await using held = await lab.connect({ ...door2, hold: true });
    await lab.killIsp("isp2");
    expect(await lab.connect({ ...door2, timeoutMs: 300 })).toMatchObject({ completed: false, inbound: "none" });
    expect(await lab.connect(door1)).toMatchObject(via("isp1", "isp1"));
    await expect(held.echo("hello?", 100)).rejects.toThrow("6 of 19 bytes did not come back in time");
    expect(await lab.router.exec("cat /sys/class/net/eth2/carrier")).toBe("1\n");
    await lab.reviveIsp("isp2");
    await held.echo("", 5000);
    expect(await lab.connect(door2)).toMatchObject(via("isp2", "isp2"));
  });

  test("a link that went down and up has lost its table's default", async () => {
    expect(await lab.router.exec("ip route show table wan_two")).toContain("default");
    await lab.flapLink("eth2");
    expect(await lab.router.exec("ip route show table wan_two")).not.toContain("default");
  });
});
