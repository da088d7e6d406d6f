/** The operator comes from the internet by a link's own address, on a router that had nothing in its tables, while the default moves. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Lab, startLab, WANS } from "../lab/index.ts";
import { type Direct, direct } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";

describe("a fresh router whose default is the other link's", () => {
  let lab: Lab;
  let stack: Direct;
  beforeAll(async () => {
    // Before the first up the operator gets in by the link of the default route alone.
    lab = await startLab({ foreign: false, rpFilter: 2, defaultRoute: `default via ${WANS.isp2.gateway} dev eth2` });
    stack = await direct(lab);
    const { host, port } = await lab.tunnel({ from: "internet", to: WANS.isp2.router });
    stack.router = { ...stack.router, host, port };
  });
  afterAll(() => lab?.stop());

  test("the first up moves the default away from the operator's link, and the operator gets in as before", async () => {
    stack.site.default = "wan_one";
    succeeded(await stack.up());
    expect(await lab.router.exec("ip route show default")).toContain(WANS.isp1.gateway);
    expect(await stack.preview()).toMatchObject({ code: 0, drift: [] });
  });

  test("it moves there and back", async () => {
    for (const link of ["wan_two", "wan_one"]) {
      stack.site.default = link;
      succeeded(await stack.up());
    }
  });
});

describe("a fresh router whose stack alone lets the operator in by the second link", () => {
  let lab: Lab;
  let stack: Direct;
  let own: Direct["router"];
  let dump: string;
  beforeAll(async () => {
    lab = await startLab({ foreign: false, rpFilter: 2, defaultRoute: `default via ${WANS.isp1.gateway} dev eth1` });
    stack = await direct(lab);
    own = stack.router;
    await stack.deploy();
    dump = await lab.router.dump();
  });
  afterAll(() => lab?.stop());

  test("a destroy from there ends the way in: the router takes it back, the error says so, nothing is lost", async () => {
    const { host, port } = await lab.tunnel({ from: "internet", to: WANS.isp2.router });
    stack.router = { ...own, host, port, confirmTimeout: 8, keepAlive: 1 };
    const run = await stack.destroy();
    expect(Object.values(run.failures).join("\n")).toMatch(
      /the router has rolled it back by itself|Everything was rolled back/,
    );
    expect(await stack.preview()).toMatchObject({ code: 0, drift: [] });
  });

  test("from the other side it goes whole", async () => {
    stack.router = own;
    succeeded(await stack.destroy());
    expect(
      await lab.router.exec(
        "iptables-save | grep mw- || :; ip rule | grep -v 'lookup \\(local\\|main\\|default\\)' || :",
      ),
    ).toBe("");
    expect(dump).toContain("mw-");
  });
});
