/** The kernel removes a route with the address that it names as its source: such an address stays for as long as a foreign route needs it. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Lab, startLab, WANS } from "../lab/index.ts";
import { type Direct, direct, type Resource } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";

const link = (...addresses: string[]): Resource => ({
  kind: "WanLink",
  name: "wan_one",
  args: { linkId: 1, link: "wan_one", device: "eth1", gateway: WANS.isp1.gateway, addresses },
});
const ALIAS = "123.234.1.10";
const OTHER = "123.234.1.11";
const FOREIGN = [
  `198.51.100.0/24 via ${WANS.isp1.gateway} dev eth1 src ${OTHER}`,
  `default via ${WANS.isp1.gateway} dev eth1 table 88 src ${OTHER}`,
];

describe("foreign routes whose source is an address of the stack", () => {
  let lab: Lab;
  let stack: Direct;
  let dump: string;
  beforeAll(async () => {
    lab = await startLab({ foreign: false });
    stack = await direct(lab);
    stack.resources = [link(ALIAS, OTHER)];
    await stack.deploy();
    for (const route of FOREIGN) await lab.router.exec(`ip route add ${route}`);
    dump = await lab.router.dump();
  });
  afterAll(() => lab?.stop());

  const refused =
    /removing 123\.234\.1\.11 from eth1: the kernel would take along .*the foreign route "198\.51\.100\.0\/24 .* src 123\.234\.1\.11".*Nothing was changed/;

  test("a preview that would remove it names the routes, and up refuses without a change", async () => {
    stack.resources = [link(ALIAS)];
    expect((await stack.preview()).text).toContain(`up refuses to remove ${OTHER} from eth1`);
    expect((await stack.up()).failures.wan_one).toMatch(refused);
    expect(await lab.router.dump()).toBe(dump);
  });

  test("so does a destroy", async () => {
    expect((await stack.destroy()).failures.wan_one).toMatch(refused);
    expect(await lab.router.dump()).toBe(dump);
  });

  test("the other address goes, and comes back", async () => {
    stack.resources = [link(OTHER)];
    succeeded(await stack.up());
    for (const route of FOREIGN)
      expect(await lab.router.exec("ip route show table all")).toContain(route.replace(/ src .*/, ""));
    stack.resources = [link(ALIAS, OTHER)];
    succeeded(await stack.up());
  });

  test("once the routes are gone, everything goes", async () => {
    for (const route of FOREIGN) await lab.router.exec(`ip route del ${route}`);
    succeeded(await stack.destroy());
    expect(await lab.router.exec("ip addr show dev eth1")).not.toContain("123.234.1.");
  });
});
