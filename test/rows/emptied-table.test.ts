import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Lab, startLab, WANS } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { type Direct, direct } from "./direct.ts";
import { DOORS, SHUT, succeeded, through } from "./helpers.ts";

const LOOK =
  "ip neigh; ip rule show; ip route show table all; ip -s link show eth2; iptables-save -c -t mangle; cat /proc/sys/net/ipv4/conf/eth2/*filter";

describe("what the kernel does to a link's routes", () => {
  let lab: Lab;
  let stack: Direct;
  beforeAll(async () => {
    lab = await startLab();
    await startSite(lab);
    stack = await direct(lab);
    await stack.deploy();
  });
  afterAll(() => lab?.stop());
  const second = () => lab.router.exec("ip route show table wan_two");
  /** A link that has just come up needs a moment; what it still lacks after three tries is told. */
  const open = async () => {
    for (let tries = 0; tries < 3; tries++) {
      const probe = await lab.connect({ ...DOORS.two, timeoutMs: 5000 });
      if (probe.completed) return probe;
    }
    throw new Error(`door two stays shut: ${await lab.router.exec(LOOK)}`);
  };

  test("a link that went down and up has lost its default: replies stop at the guard, and the next up mends", async () => {
    await lab.flapLink("eth2");
    expect(await second()).not.toContain("via 66.119.160.1");
    expect(await second()).toContain("unreachable default metric 65000");
    expect(await lab.connect({ ...DOORS.two, ...SHUT })).toMatchObject({
      completed: false,
      inbound: "isp2",
      outbound: "none",
    });
    expect(await lab.connect(DOORS.one)).toMatchObject(through("isp1"));
    const mended = await stack.up();
    succeeded(mended);
    expect(mended.drift).toEqual(["missing: default via 66.119.160.1 dev eth2 table wan_two"]);
    expect(await open()).toMatchObject(through("isp2"));
  });

  test("without the guard such replies leak into ISP 1 with ISP 2's address", async () => {
    await lab.router.exec("ip route del unreachable default metric 65000 table 2");
    await lab.flapLink("eth2");
    expect(await lab.connect({ ...DOORS.two, ...SHUT })).toMatchObject({
      completed: false,
      outbound: "isp1",
      dropped: ["isp1"],
    });
    const mended = await stack.up();
    succeeded(mended);
    expect(mended.drift).toContain("missing: unreachable default table wan_two metric 65000");
    expect(await lab.connect(DOORS.two)).toMatchObject(through("isp2"));
  });

  test("a LAN device that went down and up has taken the LAN out of every table, and the next up mends", async () => {
    await lab.flapLink("eth0");
    // What comes in asks the main table first, to which the kernel gives the LAN back.
    expect(await lab.connect(DOORS.two)).toMatchObject(through("isp2"));
    const { drift } = await stack.preview();
    expect(drift).toContain("missing: 172.16.1.0/24 dev eth0 table wan_two scope link");
    succeeded(await stack.up());
    expect(await stack.preview()).toMatchObject({ code: 0, drift: [] });
    expect(await lab.connect(DOORS.two)).toMatchObject(through("isp2"));
  });

  test("a client in the other ISP's own network is answered through the door it used", async () => {
    const probe = await lab.connect({ ...DOORS.two, from: "isp1", source: WANS.isp1.gateway });
    expect(probe).toMatchObject(through("isp2"));
  });

  test("with reversePath strict, src_valid_mark lets marked packets in, and without it they are dropped", async () => {
    const links = stack.site.links as Record<string, object>;
    stack.site = { ...stack.site, links: { ...links, wan_two: { ...links.wan_two, reversePath: "strict" } } };
    succeeded(await stack.up());
    expect(await lab.router.exec("cat /proc/sys/net/ipv4/conf/eth2/rp_filter")).toBe("1\n");
    expect(await lab.connect(DOORS.two)).toMatchObject(through("isp2"));
    await lab.router.exec("echo 0 >/proc/sys/net/ipv4/conf/eth2/src_valid_mark");
    expect(await lab.connect({ ...DOORS.two, ...SHUT })).toMatchObject({ completed: false, outbound: "none" });
    const mended = await stack.up();
    expect(mended.drift).toContain("missing: net.ipv4.conf.eth2.src_valid_mark = 1");
    expect(await lab.connect(DOORS.two)).toMatchObject(through("isp2"));
  });
});
