import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Held, type Lab, startLab } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { type Direct, direct } from "../rows/direct.ts";
import { DOORS, succeeded } from "../rows/helpers.ts";
import { iptablesVariants, variants } from "../variants.ts";

describe.each(iptablesVariants("legacy"))("a replacement moves no line of the router, iptables %s", (iptables) => {
  let lab: Lab;
  let stack: Direct;
  let fresh: string;
  let held: Held;
  beforeAll(async () => {
    lab = await startLab({ iptables, foreign: false, defaultRoute: "default via 66.119.160.1 dev eth2" });
    await startSite(lab);
    fresh = await lab.router.dump();
    stack = await direct(lab);
    succeeded(await stack.up());
    held = await lab.connect({ ...DOORS.one, hold: true });
  });
  afterAll(async () => {
    await held?.[Symbol.asyncDispose]();
    await lab?.stop();
  });

  /** Runs, and expects the router to be what it was, and never anything else. */
  const quietly = async (run: () => Promise<{ code: number; text: string }>) => {
    const before = await lab.router.dump();
    const watch = await lab.router.watchWrites();
    const ran = await run();
    const written = await watch.stop();
    succeeded(ran);
    expect(written).toEqual([]);
    expect(await lab.router.dump()).toBe(before);
    await held.echo();
  };
  const unchanged = async () => expect(new Set(Object.values((await stack.up()).ops))).toEqual(new Set(["same"]));
  const all = (how: "after" | "first" | "later") =>
    Object.fromEntries([...stack.state.keys()].map((name) => [name, how] as const));

  test.each(variants(["after", "first"] as const, "first"))("every resource, the old ones deleted %s", async (how) => {
    stack.replace = all(how);
    await quietly(() => stack.up());
    stack.replace = {};
    await unchanged();
  });

  test("one that was interrupted: the next up deletes the old ones, which have the same lines", async () => {
    stack.replace = all("later");
    await quietly(() => stack.up());
    stack.replace = {};
    await quietly(() => stack.up());
    await unchanged();
  });

  test("one that changes: the new lines are there, and of the old ones none", async () => {
    const rule = (priority: number) => `${priority}:	from all fwmark 0x1 lookup wan_one`;
    const { links } = stack.site as { links: Record<string, object> };
    const before = await lab.router.exec("ip rule show");
    expect(before).toContain(rule(1024));
    const name = [...stack.state.values()].find(
      ({ kind, args }) => kind === "FwmarkRule" && "mark" in args && args.mark === 1,
    )!;
    stack.site = { ...stack.site, links: { ...links, wan_one: { ...links.wan_one, priority: 1030 } } };
    stack.replace = { [name.name]: "after" };
    succeeded(await stack.up());
    stack.replace = {};
    expect(await lab.router.exec("ip rule show")).toContain(rule(1030));
    expect(await lab.router.exec("ip rule show")).not.toContain("1024:");
    await unchanged();
  });

  test("a destroy right after an interrupted one leaves the router as it was found", async () => {
    stack.replace = all("later");
    succeeded(await stack.up());
    await held[Symbol.asyncDispose]();
    succeeded(await stack.destroy());
    expect(await lab.router.dump()).toBe(fresh);
  });
});
