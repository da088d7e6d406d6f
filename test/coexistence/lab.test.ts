/** A neighbour's footprint, typed on a real router: the preview names it, proposes free numbers, and leaves it alone. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Lab, startLab } from "../lab/index.ts";
import { type Direct, direct } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";
import { iptablesVariants } from "../variants.ts";

const TAILSCALE = `set -e
ip rule add pref 5210 fwmark 0x80000/0xff0000 lookup main
ip rule add pref 5230 fwmark 0x80000/0xff0000 lookup default
ip rule add pref 5250 fwmark 0x80000/0xff0000 type unreachable
ip rule add pref 5270 lookup 52
ip route add 100.64.0.0/10 dev eth3 table 52
iptables -N ts-input; iptables -N ts-forward
iptables -I INPUT -j ts-input; iptables -I FORWARD -j ts-forward
iptables -A ts-forward -i eth3 -j MARK --set-xmark 0x40000/0xff0000
iptables -t nat -N ts-postrouting; iptables -t nat -I POSTROUTING -j ts-postrouting
iptables -t nat -A ts-postrouting -m mark --mark 0x40000/0xff0000 -j MASQUERADE
iptables -t mangle -A PREROUTING -m conntrack --ctstate RELATED,ESTABLISHED -j CONNMARK --restore-mark --nfmask 0xff0000 --ctmask 0xff0000`;

describe.each(iptablesVariants("legacy"))("beside Tailscale, iptables %s", (iptables) => {
  let lab: Lab;
  let stack: Direct;
  let dump: string;
  let site: Direct["site"];
  beforeAll(async () => {
    lab = await startLab({ iptables });
    await lab.router.exec(TAILSCALE);
    dump = await lab.router.dump();
    stack = await direct(lab);
    site = stack.site;
  });
  afterAll(() => lab?.stop());

  const withMask = (mask: number, first: object = {}, second: object = {}) => {
    const { wan_one, wan_two } = site.links as Record<string, object>;
    return { ...site, mask, links: { wan_one: { ...wan_one, ...first }, wan_two: { ...wan_two, ...second } } };
  };

  test("the full mask is refused, and a free one proposed; a rule that would be missed is named", async () => {
    const { failures, text } = await stack.preview();
    expect(failures["site-marks"]).toMatch(
      /looks like Tailscale's and writes the same mark bits: "-t mangle -A PREROUTING .*0xff0000"; take another mask \(free here: 0x0f000000\)/,
    );
    expect(text).toMatch(
      /rule "5210: .*" \(it looks like Tailscale's\) compares bits of marks that 0xffffffff of this stack/,
    );
  });

  test("a priority and a table of its own are refused with its name", async () => {
    const second = { priority: 5230, fromPriority: 5302, table: 52 };
    stack.site = { ...withMask(0x0f000000, { fromPriority: 5301 }, second), sourcePriority: 5400 };
    const { failures } = await stack.preview();
    expect(failures["site-wan_two-rule"]).toBe(
      'multiwan:site.links.wan_two.priority: 5230 is taken on the router: "5230: from all fwmark 0x80000/0xff0000 lookup default" (it looks like Tailscale\'s); priorities 4000-4999 are free',
    );
    expect(failures["site-wan_two-table"]).toContain(
      "multiwan:site.links.wan_two.table: table 52 already has routes that are not declared here: 100.64.0.0/10 dev eth3 table 52 scope link (they look like Tailscale's); tables 101-115 are free",
    );
  });

  test("with what was proposed both live side by side, without a warning, and nothing of it changes", async () => {
    stack.site = withMask(0x0f000000);
    const up = await stack.up();
    succeeded(up);
    expect(up.text).toBe("");
    expect(await lab.router.exec("ip rule show")).toMatch(/5210:.*\n5230:.*\n5250:.*\n5270:/);
    succeeded(await stack.destroy());
    expect(await lab.router.dump()).toBe(dump);
  });
});
