import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { checkSite } from "../../provider/site/check.ts";
import { compose } from "../../provider/site/compose.ts";
import { type Held, type Lab, startLab } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { type Direct, direct } from "../rows/direct.ts";
import { DOORS, succeeded } from "../rows/helpers.ts";
import { iptablesVariants, thorough } from "../variants.ts";

const MANIFEST = "cat /run/multiwan/manifest";
/** What a change of names may change: who owns a line, not the line. */
const lines = (manifest: string) =>
  [...new Set(manifest.split("\n"))].filter((text) => /^(line|found) /.test(text)).sort();

describe.each(iptablesVariants("nft"))("who owns the lines changes, iptables %s", (iptables) => {
  let lab: Lab;
  let stack: Direct;
  let fresh: string;
  let before: string;
  let held: Held;
  beforeAll(async () => {
    lab = await startLab({ iptables, foreign: false });
    await startSite(lab);
    // Typed by hand, and replaced by the site: it must not come back for a moment.
    await lab.router.exec("ip rule add pref 700 from all fwmark 0x77 lookup 250; ip route add 10.99.0.0/16 dev eth0");
    fresh = await lab.router.dump();
    stack = await direct(lab);
    stack.site = { ...stack.site, default: "wan_one", adopt: ["700: from all fwmark 0x77 lookup 250"] };
    succeeded(await stack.up());
    before = await lab.router.exec(MANIFEST);
    held = await lab.connect({ ...DOORS.one, hold: true });
  });
  afterAll(async () => {
    await held?.[Symbol.asyncDispose]();
    await lab?.stop();
  });

  /** An update in which not one line of the router moves. */
  const quietly = async () => {
    const counters = await lab.router.exec("iptables-save");
    const watch = await lab.router.watchWrites();
    const seen = await stack.up();
    const written = await watch.stop();
    succeeded(seen);
    expect(written).toEqual([]);
    expect(await lab.router.exec("iptables-save")).toEqual(expect.stringContaining("mw-"));
    expect(rules(await lab.router.exec("iptables-save"))).toBe(rules(counters));
    await held.echo();
    expect(lines(await lab.router.exec(MANIFEST))).toEqual(lines(before));
    return seen;
  };

  test("a stack that is renamed: the manifest changes, and no line of the router", async () => {
    stack.stack = "multiwan/renamed";
    const { ops } = await quietly();
    expect(new Set(Object.values(ops))).toEqual(new Set(["update"]));
    expect(await lab.router.exec(MANIFEST)).not.toContain("multiwan/lab");
    expect(new Set(Object.values((await stack.up()).ops))).toEqual(new Set(["same"]));
  });

  test("a project that is renamed, and in the same run all resources, by aliases", async () => {
    stack.stack = "routing/renamed";
    const checked = checkSite(stack.site);
    if ("faults" in checked) throw new Error("the site has faults");
    // Names in Pulumi only: the arguments, and with them the chains, stay.
    const renamed = (name: string) => name.replace(/^site/, "edge");
    stack.resources = compose(checked.site, "site").map((declared) => ({
      ...declared,
      name: renamed(declared.name),
      dependsOn: declared.dependsOn.map(renamed),
    }));
    stack.aliases = Object.fromEntries(stack.resources.map(({ name }) => [name, name.replace(/^edge/, "site")]));
    await quietly();
    const manifest = await lab.router.exec(MANIFEST);
    expect(new Set(manifest.match(/^owner [^/]+\/[^/]+/gm))).toEqual(new Set(["owner routing/renamed"]));
    expect(manifest).not.toContain("/site-");
  });

  thorough("two resources that swap their names", async () => {
    const [one, two] = stack.resources!.filter(({ kind }) => kind === "WanLink").map(({ name }) => name);
    const swapped = (name: string) => (name === one ? two! : name === two ? one! : name);
    stack.resources = stack.resources!.map((declared) => ({
      ...declared,
      name: swapped(declared.name),
      dependsOn: declared.dependsOn?.map(swapped) ?? [],
    }));
    stack.aliases = { [one!]: two!, [two!]: one! };
    await quietly();
  });

  test("a destroy afterwards leaves the router as it was before the first up", async () => {
    await held[Symbol.asyncDispose]();
    succeeded(await stack.destroy());
    expect(await lab.router.dump()).toBe(fresh);
  });
});

const rules = (saved: string) => saved.replace(/^#.*\n/gm, "").replace(/\[\d+:\d+\]/g, "");
