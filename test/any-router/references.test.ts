/** What foreign lines refer to is named before it is touched: a managed chain, a table's number, an address as a source. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Lab, startLab, WANS } from "../lab/index.ts";
import { type Direct, direct, type Resource } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";
import { iptablesVariants } from "../variants.ts";

const MARKS: Resource = {
  kind: "ConnmarkChain",
  name: "marks",
  args: { chain: "site", mask: "0x0f000000", links: [{ device: "eth1", mark: "0x01000000" }] },
};
const RULE: Resource = { kind: "FwmarkRule", name: "rule", args: { mark: 9, mask: 0xffff, table: 102, priority: 904 } };
const TABLE: Resource = {
  kind: "RoutingTable",
  name: "table",
  args: { table: 102, device: "eth1", gateway: WANS.isp1.gateway },
};
const LINK: Resource = {
  kind: "WanLink",
  name: "link",
  args: { linkId: 1, link: "one", device: "eth1", gateway: WANS.isp1.gateway, addresses: [] },
  adopt: ["inet 198.18.7.1/24 scope global eth1"],
};

describe.each(iptablesVariants("legacy"))(
  "foreign lines that refer to what a stack would take, iptables %s",
  (iptables) => {
    let lab: Lab;
    let stack: Direct;
    beforeAll(async () => {
      lab = await startLab({ iptables, foreign: false });
      stack = await direct(lab);
      stack.inOrder = false;
    });
    afterAll(() => lab?.stop());

    test("a foreign rule that leads to a managed chain is named by the preview, and by a destroy, which changes nothing", async () => {
      stack.resources = [MARKS];
      succeeded(await stack.up());
      const holder = "FORWARD -i eth3 -j mw-site-mark";
      await lab.router.exec(`iptables -t mangle -A ${holder}`);
      const before = await lab.router.dump();
      const seen = await stack.preview();
      expect(seen.ops).toEqual({ marks: "same" });
      expect(seen.text).toContain(`"-t mangle -A ${holder}" leads to the managed chain mw-site-mark`);
      expect((await stack.destroy()).failures.marks).toMatch(
        /removing the chain mw-site-mark of mangle: the foreign rule "-t mangle -A FORWARD -i eth3 -j mw-site-mark" leads to it.*Nothing was changed/s,
      );
      expect(await lab.router.dump()).toBe(before);
      await lab.router.exec(`iptables -t mangle -D ${holder}`);
      succeeded(await stack.destroy());
    });

    test("a table whose name is the number of a wanted one is named by its line, in the preview", async () => {
      await lab.router.exec("mkdir -p /etc/iproute2; printf '77\\t102\\n' >>/etc/iproute2/rt_tables");
      stack.resources = [TABLE, RULE];
      const before = await lab.router.dump();
      const { failures } = await stack.preview();
      for (const failure of [failures.rule, failures.table])
        expect(failure).toMatch(/rt_tables has the line "77 102", by which ip takes table 102 for table 77/);
      expect((await stack.up()).code).toBe(1);
      expect(await lab.router.dump()).toBe(before);
      await lab.router.exec("sed -i '/^77\t102$/d' /etc/iproute2/rt_tables");
      succeeded(await stack.up());
      succeeded(await stack.destroy());
    });

    test("an address that is the source of a foreign route is not adopted, by the preview", async () => {
      await lab.router.exec("ip addr add 198.18.7.1/24 dev eth1");
      const route = `10.78.0.0/16 via ${WANS.isp1.gateway} dev eth1 src 198.18.7.1`;
      await lab.router.exec(`ip route add ${route}`);
      stack.resources = [LINK];
      const before = await lab.router.dump();
      expect((await stack.preview()).failures.link).toContain(
        `198.18.7.1 cannot be replaced on eth1: the kernel would take along the foreign route "${route}"`,
      );
      expect(await lab.router.dump()).toBe(before);
      await lab.router.exec(`ip route del ${route}`);
      succeeded(await stack.up());
      succeeded(await stack.destroy());
      expect(await lab.router.exec("ip addr show dev eth1")).toContain("198.18.7.1/24");
    });
  },
);
