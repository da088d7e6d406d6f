import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Lab, startLab } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { type Direct, direct } from "./direct.ts";
import { through } from "./helpers.ts";

/** Not only the ISP is dead: the device is down, and the kernel has taken its routes out of every table (row 8). */
describe.each([
  ["every-packet", "nft"],
  ["every-packet", "legacy"],
] as const)("a device that is down, %s, iptables %s", (marking, iptables) => {
  let lab: Lab;
  let stack: Direct;
  beforeAll(async () => {
    lab = await startLab({ iptables });
    await startSite(lab);
    stack = await direct(lab);
    const servers = { ...(stack.site.servers as object), server2: { address: "172.16.1.130", via: "wan_two" } };
    stack.site = { ...stack.site, marking, default: "wan_two", servers } as typeof stack.site;
    await stack.deploy();
    await lab.router.exec("ip link set eth2 down");
  });
  afterAll(() => lab?.stop());

  test("leaves the doors of the other link open, though the default and a server's own traffic were on it", async () => {
    for (const [to, port] of [
      ["123.234.1.12", 25],
      ["123.234.1.11", 1494],
    ] as const)
      expect(await lab.connect({ from: "internet", to, port, timeoutMs: 3000 })).toMatchObject(through("isp1"));
  });

  test("leaves the router itself reachable by the other link", async () => {
    expect(await lab.connect({ from: "internet", to: "123.234.1.10", port: 22 })).toMatchObject(through("isp1"));
  });
});
