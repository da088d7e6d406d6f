/** The second run finds nothing to do, whatever the first has given a name, and whoever took a line that several were offered. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Lab, startLab } from "../lab/index.ts";
import { type Direct, direct, type Resource } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";

const ADOPTED = "700: from all fwmark 0x77 lookup 250";
const way = { table: 101, device: "eth1", gateway: "149.99.251.145" };
/** The rule is shown by the number of its table, until that has a name. */
const named = (name?: string): Resource[] => [
  { kind: "FwmarkRule", name: "rule", args: { mark: 1, table: 101, priority: 1024 } },
  { kind: "RoutingTable", name: "table", args: { ...way, ...(name && { name }) } },
];

describe("the second run is quiet", () => {
  let lab: Lab;
  let stack: Direct;
  let fresh: string;
  beforeAll(async () => {
    lab = await startLab({ foreign: false });
    await lab.router.exec("ip rule add pref 700 from all fwmark 0x77 lookup 250");
    fresh = await lab.router.dump();
    stack = await direct(lab);
  });
  afterAll(() => lab?.stop());

  const exec = (command: string) => lab.router.exec(command);
  const ops = async () => {
    const run = await stack.up();
    succeeded(run);
    return run.ops;
  };

  test("a rule whose table gets a name, another one, and none in the same run", async () => {
    for (const name of ["wan_one", "wan_uno", undefined]) {
      stack.resources = named(name);
      const first = await ops();
      if (name !== "wan_one") expect(first).toEqual({ rule: "same", table: "update" });
      expect(await ops()).toEqual({ rule: "same", table: "same" });
    }
  });

  test("a rule that is gone, and with it its table's name, is drift", async () => {
    stack.resources = named("wan_one");
    await ops();
    await ops();
    await lab.router.exec("ip rule del pref 1024; sed -i /wan_one/d /etc/iproute2/rt_tables");
    const run = await stack.up();
    expect(run.drift).toEqual(
      expect.arrayContaining([expect.stringMatching(/^missing: 1024: from all fwmark 0x1\/0xff/)]),
    );
    expect(await ops()).toEqual({ rule: "same", table: "same" });
    succeeded(await stack.destroy());
    expect(await lab.router.dump()).toBe(fresh);
  });

  test("an address under adopt gets no rule of its own: it goes with the up that would make it", async () => {
    await exec("ip addr add 10.77.0.1/24 brd 10.77.0.255 label eth1:hand dev eth1");
    const rule: Resource = {
      ...{ kind: "WanLink", name: "one", adopt: ["inet 10.77.0.1/24 brd 10.77.0.255 scope global eth1:hand"] },
      args: { linkId: 1, link: "wan_one", device: "eth1", gateway: "149.99.251.145", addresses: ["123.234.1.10"] },
    };
    stack.resources = [rule];
    succeeded(await stack.up());
    expect(await exec("ip rule show; ip addr show dev eth1")).not.toContain("10.77.0.1");
    expect((await stack.up()).ops).toEqual({ one: "same" });
    succeeded(await stack.destroy());
    expect(await exec("ip addr show dev eth1")).toContain("inet 10.77.0.1/24 brd 10.77.0.255 scope global eth1:hand");
    await exec("ip addr del 10.77.0.1/24 dev eth1");
  });

  test("a line under adopt that many resources of a site are offered is one resource's, and one preview's", async () => {
    stack.resources = undefined;
    stack.site = { ...stack.site, adopt: [ADOPTED] };
    await ops();
    const holders = [...stack.state.values()].filter(({ outs }) =>
      JSON.stringify(outs.replaces ?? []).includes(ADOPTED),
    );
    expect(holders).toHaveLength(1);
    expect(new Set(Object.values(await ops()))).toEqual(new Set(["same"]));
    succeeded(await stack.destroy());
    expect(await lab.router.dump()).toBe(fresh);
  });

  test("two resources of one kind and name in two components are refused in the preview, and each alone is not", async () => {
    const [rule, table] = named("wan_one") as [Resource, Resource];
    const inside: Resource = { ...table, args: { ...way, table: 102 }, parents: ["edge:index:Edge north"] };
    stack.resources = [rule, table, inside];
    const refused = await stack.up();
    expect(refused.code).toBe(1);
    expect(refused.failures.table).toContain(
      "two resources that are called RoutingTable table, one in no component, one in edge:index:Edge north",
    );
    expect(await lab.router.dump()).toBe(fresh);
    stack.resources = [rule, table];
    await ops();
    // Moved into a component: it is the same one to the router.
    stack.resources = [rule, { ...table, parents: ["edge:index:Edge north"] }];
    expect(await ops()).toEqual({ rule: "same", table: "same" });
    succeeded(await stack.destroy());
    expect(await lab.router.dump()).toBe(fresh);
  });
});
