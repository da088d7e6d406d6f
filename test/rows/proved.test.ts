import { expect, test } from "@jest/globals";
import { startLab } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { iptablesVariants } from "../variants.ts";
import { direct } from "./direct.ts";
import { succeeded } from "./helpers.ts";

/** Lines that look as planned are not enough: with what others have on the router the answers would still leave by the wrong ISP. */
test.each(iptablesVariants("legacy"))(
  "a change after which a foreign rule turns the answers away is taken back, with the packet that shows it; iptables %s",
  async (iptables) => {
    await using lab = await startLab({ iptables });
    await startSite(lab);
    await using stack = await direct(lab);
    // It carries no mark and no address of ours: no line of it collides with any of ours.
    await lab.router.exec("ip rule add iif eth0 to 198.51.100.0/24 lookup main priority 700");
    const before = await lab.router.dump();
    // The preview refuses it; who leaves that out is told by the router itself.
    const foreseen = await stack.up();
    expect(Object.values(foreseen.failures).join("\n")).toContain("Nothing was changed");
    expect(await lab.router.dump()).toBe(before);
    const run = await stack.update();
    expect(run.code).not.toBe(0);
    const said = Object.values(run.failures).join("\n");
    expect(said).toContain("after the change a connection would not get its reply by the link it came in on");
    expect(said).toContain("700: from all to 198.51.100.0/24 iif eth0 lookup main");
    expect(said).toContain("Everything was rolled back");
    await lab.router.exec("ip rule del priority 700");
    succeeded(await stack.up());
    const quiet = await stack.up();
    expect(new Set(Object.values(quiet.ops))).toEqual(new Set(["same"]));
    succeeded(await stack.destroy());
    await lab.router.exec("ip rule add iif eth0 to 198.51.100.0/24 lookup main priority 700");
    expect(await lab.router.dump()).toBe(before);
  },
);
