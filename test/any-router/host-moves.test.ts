import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Lab, startLab } from "../lab/index.ts";
import { type Direct, direct } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";
import { iptablesVariants } from "../variants.ts";

const OLD_DEFAULT = "default via 66.119.160.1 dev eth2";
const NEW_DEFAULT = "default via 172.16.1.140 dev eth0";

describe.each(iptablesVariants("nft"))("the host setting changes to another machine, iptables %s", (iptables) => {
  let old: Lab;
  let replacement: Lab;
  let stack: Direct;
  const fresh: Record<string, string> = {};
  let kept: Direct["router"];
  beforeAll(async () => {
    old = await startLab({ iptables, defaultRoute: OLD_DEFAULT });
    replacement = await startLab({ iptables, foreign: false, defaultRoute: NEW_DEFAULT });
    await replacement.router.exec("echo 0 >/proc/sys/net/ipv4/conf/eth1/rp_filter");
    fresh.old = await old.router.dump();
    fresh.replacement = await replacement.router.dump();
    stack = await direct(old);
    stack.site = { ...stack.site, default: "wan_one" };
    succeeded(await stack.up());
    kept = stack.router;
  });
  afterAll(async () => {
    await old?.stop();
    await replacement?.stop();
  });

  test("a destroy there, with a state of the old machine, is refused: nothing is given back and nothing forgotten", async () => {
    stack.router = (await direct(replacement)).router;
    const run = await stack.destroy();
    expect(run.code).toBe(1);
    expect(run.text).toContain("another machine");
    expect(await replacement.router.dump()).toBe(fresh.replacement);
  });

  test("the preview says that the old machine keeps its lines, and what to do; the lines come to the new one", async () => {
    const left = await old.router.dump();
    const preview = await stack.preview();
    succeeded(preview);
    expect(preview.text).toContain("another machine");
    expect(preview.text).toContain(`127.0.0.1:${kept.port}`);
    expect(preview.text).toContain("keeps its lines");
    succeeded(await stack.up());
    expect(await old.router.dump()).toBe(left);
    const again = await stack.up();
    expect(again.text).not.toContain("another machine");
    expect(new Set(Object.values(again.ops))).toEqual(new Set(["same"]));
  });

  test("a destroy gives back what was there, and nothing of the old machine: also where the new one has lost its list", async () => {
    await replacement.router.exec("rm /run/multiwan/manifest");
    succeeded(await stack.destroy());
    expect(await replacement.router.dump()).toBe(fresh.replacement);
  });

  test("the old machine is cleared with host set back to it", async () => {
    stack.router = kept;
    succeeded(await stack.up());
    succeeded(await stack.destroy());
    expect(await old.router.dump()).toBe(fresh.old);
  });
});
