import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Lab, startLab } from "../lab/index.ts";
import { iptablesVariants } from "../variants.ts";
import { type Direct, direct } from "./direct.ts";
import { succeeded } from "./helpers.ts";

const DEFAULT = "default via 66.119.160.1 dev eth2 metric 0";
const RULE = "from all fwmark 0x1 lookup 1";

describe.each(iptablesVariants("legacy"))("what the router had before the first up, iptables %s", (iptables) => {
  let lab: Lab;
  let stack: Direct;
  let before: string;
  beforeAll(async () => {
    lab = await startLab({ iptables });
    // An administrator began by hand: a name, a table, a rule and an alias like ours; a default and settings that are not.
    await lab.router.exec(`
      echo '1 wan_one' >>/etc/iproute2/rt_tables
      ip route add default via 149.99.251.145 dev eth1 table 1
      ip rule add pref 1024 ${RULE}
      ip addr add 123.234.1.11/32 dev eth1
      ip route add ${DEFAULT}
      echo 0 >/proc/sys/net/ipv4/conf/eth2/rp_filter`);
    before = await lab.router.dump();
    stack = await direct(lab);
  });
  afterAll(() => lab?.stop());

  test("equal lines are adopted: no line is written twice, and none of them is taken away and put back", async () => {
    const watch = await lab.router.watchWrites();
    succeeded(await stack.up());
    const written = (await watch.stop()).filter((line) => /fwmark 0x1 |123\.234\.1\.11\/32/.test(line));
    expect(written).toEqual([]);
    expect((await lab.router.exec("ip rule show")).match(/fwmark 0x1 /g)).toHaveLength(1);
    expect((await lab.router.exec("cat /etc/iproute2/rt_tables")).match(/wan_one/g)).toHaveLength(1);
    expect((await lab.router.exec("ip route show default")).trim()).toBe("default via 149.99.251.145 dev eth1");
    expect(await lab.router.exec("cat /proc/sys/net/ipv4/conf/eth2/rp_filter")).toBe("2\n");
  });

  test("updates in between forget none of it", async () => {
    stack.site = { ...stack.site, default: "wan_two" };
    succeeded(await stack.up());
    stack.site = { ...stack.site, default: "wan_one" };
    succeeded(await stack.up());
  });

  test("a destroy leaves what was adopted, gives back the settings and the default, and takes only its own", async () => {
    succeeded(await stack.destroy());
    expect(await lab.router.dump()).toBe(before);
  });

  test("and does so where the router has forgotten which lines are ours: the state knows", async () => {
    succeeded(await stack.up());
    await lab.router.exec("rm /run/multiwan/manifest");
    succeeded(await stack.destroy());
    expect(await lab.router.dump()).toBe(before);
  });
});
