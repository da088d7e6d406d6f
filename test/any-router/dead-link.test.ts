/** A link's device that is down, and one that has gone: neither keeps the default from moving to the link that lives. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Lab, startLab } from "../lab/index.ts";
import { DEFAULT_ISP2 } from "../lab/recipe.ts";
import { type Direct, direct } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";

describe("a dead link", () => {
  let lab: Lab;
  let stack: Direct;
  const defaults = () => lab.router.exec("ip route show default");
  const isQuiet = async () => {
    const run = await stack.up();
    succeeded(run);
    expect(new Set(Object.values(run.ops))).toEqual(new Set(["same"]));
  };
  beforeAll(async () => {
    lab = await startLab({ foreign: false, defaultRoute: DEFAULT_ISP2 });
    stack = await direct(lab);
    stack.site = { ...stack.site, default: "wan_two" };
    await stack.deploy();
  });
  afterAll(() => lab?.stop());

  test("whose device is down: the default moves, the next run is quiet, and the routes come with the device", async () => {
    await lab.router.exec("ip link set eth2 down");
    stack.site = { ...stack.site, default: "wan_one" };
    const run = await stack.up();
    succeeded(run);
    expect(run.text).toContain("eth2 is down, and the kernel takes no route there");
    expect(await defaults()).toContain("dev eth1");
    await isQuiet();
    await lab.router.exec("ip link set eth2 up");
    succeeded(await stack.up());
    expect(await lab.router.exec("ip route show table wan_two")).toContain("default via");
  });

  test("whose device has gone: the default moves, the next run is quiet, and destroy leaves nothing", async () => {
    stack.site = { ...stack.site, default: "wan_two" };
    succeeded(await stack.up());
    await lab.router.exec("ip link del eth2");
    stack.site = { ...stack.site, default: "wan_one" };
    const run = await stack.up();
    succeeded(run);
    expect(run.text).toContain("eth2 is not there: the next up once it is puts");
    expect(await defaults()).toContain("dev eth1");
    await isQuiet();
    succeeded(await stack.destroy());
    expect(await lab.router.exec("ip rule show; iptables-save; ls /run/multiwan 2>/dev/null || :")).not.toMatch(
      /wan_|mw-|manifest/,
    );
  });
});
