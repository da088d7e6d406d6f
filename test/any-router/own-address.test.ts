/** Addresses of the operator's own session: the one it came in by stays, and the one that it comes from is never the router's. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Lab, MANAGEMENT, startLab, WANS } from "../lab/index.ts";
import { type Direct, direct, type Resource } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";

const link = (...addresses: string[]): Resource => ({
  kind: "WanLink",
  name: "wan_one",
  args: { linkId: 1, link: "wan_one", device: "eth1", gateway: WANS.isp1.gateway, addresses },
});
const ALIAS = "123.234.1.10";
const OTHER = "123.234.1.11";

describe("a router that the operator reaches by an address of the stack's", () => {
  let lab: Lab;
  let stack: Direct;
  let dump: string;
  let by: { host: string; port: number };
  let own: Direct["router"];
  beforeAll(async () => {
    lab = await startLab({ foreign: false });
    stack = await direct(lab);
    own = stack.router;
    stack.resources = [link(ALIAS, OTHER)];
    await stack.deploy();
    by = await lab.tunnel({ from: "isp1", to: ALIAS });
    stack.router = { ...own, host: by.host, port: by.port };
    dump = await lab.router.dump();
  });
  afterAll(() => lab?.stop());

  test("a preview that would take the address away says so, and up refuses at once, without a change", async () => {
    stack.resources = [link(OTHER)];
    const preview = await stack.preview();
    expect(preview.text).toContain(`${ALIAS} is the address by which this session came in`);
    const from = performance.now();
    const run = await stack.up();
    expect(run.failures.wan_one).toMatch(
      /removing 123\.234\.1\.10 from eth1: this session came in by that address.*Nothing was changed.*multiwan:router\.host/,
    );
    expect(performance.now() - from).toBeLessThan(20_000);
    expect(await lab.router.dump()).toBe(dump);
  });

  test("so does a destroy", async () => {
    const run = await stack.destroy();
    expect(run.failures.wan_one).toContain("this session came in by that address");
    expect(await lab.router.dump()).toBe(dump);
  });

  test("another of its addresses goes, and comes back", async () => {
    stack.resources = [link(ALIAS)];
    succeeded(await stack.up());
    stack.resources = [link(ALIAS, OTHER)];
    succeeded(await stack.up());
    expect(await lab.router.dump()).toBe(dump);
  });

  test("an address that the session comes from is refused in the preview", async () => {
    stack.router = own;
    stack.resources = [link(ALIAS, OTHER, MANAGEMENT.operator)];
    const run = await stack.preview();
    expect(run.failures.wan_one).toMatch(/addresses\[2\]: 192\.168\.99\.2 is the address that this session comes from/);
  });

  test("by another way everything goes", async () => {
    stack.router = own;
    expect(await stack.destroy()).toMatchObject({ code: 0 });
  });
});
