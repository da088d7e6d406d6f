/** A transfer that is running goes on, without a lost byte, whatever else of the site changes under it. */
import { describe, expect, test } from "@jest/globals";
import { INTERNET, type Lab, startLab } from "../../lab/index.ts";
import { pathsOf } from "../../lab/observe.ts";
import { DEFAULT_ISP1, DEFAULT_ISP2, LOOSE, MAP, MARKS, TABLES } from "../../lab/recipe.ts";
import { startSite } from "../../lab/site.ts";
import { direct } from "../../rows/direct.ts";
import { succeeded } from "../../rows/helpers.ts";
import { iptablesVariants, testingAll, thorough } from "../../variants.ts";
import { CHANGES, MARKINGS, ONCE } from "./changes.ts";
import { type Running, traffic } from "./traffic.ts";

const ONE = { to: "123.234.1.11", port: 1494, source: INTERNET.client };
const TWO = { to: "216.111.1.11", port: 1494, source: INTERNET.client };
const WEB = { to: INTERNET.web, port: 80 };

/** Ends it, and expects every byte back, and no packet of it at another ISP. */
async function whole(lab: Lab, transfer: Running, isp: string): Promise<void> {
  const { sent, received, sentSum, receivedSum, open, fault } = await transfer.end();
  expect({ open, fault, received, receivedSum }).toEqual({ open: true, received: sent, receivedSum: sentSum });
  expect(sent).toBeGreaterThan(0);
  const paths = pathsOf(await lab.flows(), "tcp", transfer.sourcePort);
  expect(paths).toEqual({ inbound: isp, outbound: isp, dropped: [] });
}

describe.each(iptablesVariants("nft"))("running transfers, iptables %s", (iptables) => {
  thorough("go on through a first up that moves the default away from the link they use", async () => {
    await using lab = await startLab({ iptables, defaultRoute: DEFAULT_ISP2 });
    await startSite(lab);
    await lab.router.exec(MAP);
    using outside = traffic(lab, "internet");
    using inside = traffic(lab, "lanhost");
    const door = await outside.stream(TWO);
    const visit = await inside.stream(WEB);
    await using stack = await direct(lab);
    succeeded(await stack.up());
    await door.alive();
    await visit.alive();
    expect(await lab.router.exec("ip route show default")).toContain("dev eth1");
    // What was opened meanwhile and afterwards follows the new default; these two stay where they are.
    expect(await lab.connect({ from: "lanhost", ...WEB })).toMatchObject({ outbound: "isp1" });
    await whole(lab, door, "isp2");
    await whole(lab, visit, "isp2");
  });

  test("go on through a first up that takes over a router typed by hand", async () => {
    await using lab = await startLab({ iptables, defaultRoute: DEFAULT_ISP1 });
    await startSite(lab);
    await lab.router.exec([LOOSE, MAP, TABLES, MARKS].join("\n"));
    using outside = traffic(lab, "internet");
    using inside = traffic(lab, "lanhost");
    const transfers = [
      [await outside.stream(ONE), "isp1"],
      [await outside.stream(TWO), "isp2"],
      [await inside.stream(WEB), "isp1"],
    ] as const;
    await using stack = await direct(lab);
    stack.site = { ...stack.site, default: "wan_two", replace: marksTypedByHand };
    succeeded(await stack.up());
    for (const [transfer, isp] of transfers) {
      await transfer.alive();
      await whole(lab, transfer, isp);
    }
  });

  test("go on through every change of another link, of the map, of the default, and a link more", async () => {
    await using lab = await startLab({ iptables, thirdIsp: true });
    await startSite(lab);
    await using stack = await direct(lab);
    await stack.deploy();
    using outside = traffic(lab, "internet");
    using inside = traffic(lab, "lanhost");
    const steady = await outside.stream(TWO);
    const others = [
      [await outside.stream(ONE), "isp1"],
      [await inside.stream(WEB), "isp1"],
    ] as const;
    // Last, and for all of them together: the way in which connections are marked.
    // Each kind of change; with all of them, its way back too.
    const changes = testingAll ? CHANGES : CHANGES.slice(0, ONCE);
    for (const { name, of } of [...changes, ...MARKINGS]) {
      stack.site = of(stack.site);
      const { code, text, ops } = await stack.up();
      if (code !== 0) throw new Error(`${name}: ${text}`);
      if (new Set(Object.values(ops)).size === 1) throw new Error(`${name} changed nothing`);
      for (const transfer of [steady, ...others.map(([other]) => other)])
        await transfer.alive().catch((error: Error) => {
          throw new Error(`after "${name}": ${error.message}`);
        });
    }
    await whole(lab, steady, "isp2");
    for (const [transfer, isp] of others) await whole(lab, transfer, isp);
  });

  thorough("a third link carries a transfer of its own, which outlives changes of the others", async () => {
    await using lab = await startLab({ iptables, thirdIsp: true });
    await startSite(lab);
    await using stack = await direct(lab);
    const named = (name: string) => CHANGES.find((change) => change.name === name)!;
    stack.site = named("a third link").of(stack.site);
    await stack.deploy();
    using outside = traffic(lab, "internet");
    const third = await outside.stream({ to: "198.18.3.11", port: 1494, source: INTERNET.client2 });
    for (const name of ["mark 17 for wan_one", "table 22 for wan_two", "the default to wan_two", "a door more"]) {
      stack.site = named(name).of(stack.site);
      succeeded(await stack.up());
      await third.alive();
    }
    await whole(lab, third, "isp3");
  });
});

const marksTypedByHand = [
  "-t mangle -A PREROUTING -j CONNMARK --restore-mark",
  "-t mangle -A PREROUTING -m mark --mark 1 -j ACCEPT",
  "-t mangle -A PREROUTING -i eth1 -j MARK --set-mark 1",
  "-t mangle -A PREROUTING -m mark --mark 2 -j ACCEPT",
  "-t mangle -A PREROUTING -i eth2 -j MARK --set-mark 2",
  "-t mangle -A PREROUTING -j CONNMARK --save-mark",
];
