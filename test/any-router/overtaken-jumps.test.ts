/**
 * A foreign rule of iptables that comes in front of a managed jump and ends the chain: drift that the preview names, with what is
 * lost. Rules in front that packets of the site do not fit are not spoken of.
 */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Lab, startLab } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { type Direct, direct } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";
import { iptablesVariants } from "../variants.ts";

describe.each(iptablesVariants("nft"))("%s", (iptables) => {
  let lab: Lab;
  let stack: Direct;
  beforeAll(async () => {
    lab = await startLab({ iptables });
    await startSite(lab);
    stack = await direct(lab);
    await stack.deploy();
  });
  afterAll(() => lab?.stop());

  /** What a preview says while these rules stand first in their chains. */
  async function said(...rules: string[]): Promise<string> {
    const all = (flag: "-I" | "-D") => rules.map((rule) => `iptables ${rule.replace("-I", flag)}`).join("\n");
    await lab.router.exec(`set -e\n${all("-I")}`);
    const preview = await stack.preview();
    await lab.router.exec(`set -e\n${all("-D")}`);
    succeeded(preview);
    expect(Object.values(preview.ops).filter((op) => op !== "same")).toEqual([]);
    return preview.text;
  }

  test("everything is accepted first: translation and marking", async () => {
    const text = await said("-t nat -I PREROUTING -j ACCEPT", "-t mangle -I PREROUTING -j ACCEPT");
    for (const table of ["nat", "mangle"])
      expect(text).toMatch(
        new RegExp(
          `drift: "-t ${table} -A PREROUTING -j ACCEPT" stands in front of "-t ${table} -A PREROUTING -j mw-\\S+" and ends the chain for packets of tcp 123.234.1.11:1494 -> \\S+, by wan_one and \\d+ more: the request ends at the router itself`,
        ),
      );
  });

  test.each([
    ["by the device of a link", "-t mangle -I PREROUTING -i eth2 -j ACCEPT", "tcp 216.111.1.11:1494 -> "],
    [
      "open connections",
      "-t mangle -I PREROUTING -m conntrack --ctstate ESTABLISHED -j ACCEPT",
      "tcp 123.234.1.11:1494",
    ],
    [
      "somebody else's translation",
      "-t nat -I PREROUTING -p tcp --dport 25 -j DNAT --to-destination 10.9.9.9",
      "tcp 123.234.1.12:25",
    ],
    ["the LAN leaves untranslated", "-t nat -I POSTROUTING -o eth1 -j ACCEPT", "tcp a host of 172.16.1.0/24"],
  ])("a narrower one: %s", async (_, rule, lost) => {
    expect((await said(rule)).split("\n")).toEqual([expect.stringContaining(`ends the chain for packets of ${lost}`)]);
  });

  test("a service that INPUT shuts once its packets are not translated", async () => {
    const text = await said("-t filter -I INPUT -i eth1 -j DROP", "-t nat -I PREROUTING -i eth1 -j ACCEPT");
    expect(text).toMatch(/"-t nat -A PREROUTING -i eth1 -j ACCEPT" stands in front of .*tcp 123.234.1.11:1494/);
  });

  test("what no packet of the site fits, or what does it no harm, is not spoken of", async () => {
    expect(
      await said(
        "-t nat -I PREROUTING -i docker0 -j ACCEPT",
        "-t nat -I PREROUTING -p tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80",
        "-t nat -I POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE",
        "-t nat -I POSTROUTING -s 192.168.122.0/24 -d 224.0.0.0/24 -j RETURN",
        "-t nat -I POSTROUTING -s 172.16.1.0/24 -d 10.8.0.0/16 -j ACCEPT",
        "-t mangle -I PREROUTING -s 203.0.113.9 -j DROP",
        "-t mangle -I PREROUTING -m conntrack --ctstate INVALID -j DROP",
        "-t mangle -I PREROUTING -i lo -j ACCEPT",
        "-t filter -I INPUT -i eth1 -j ACCEPT",
      ),
    ).toBe("");
  });
});
