/** Policy rules typed by hand, in every form that `ip rule` prints: what is adopted comes back word for word and in its place. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Lab, startLab, UNTOLD } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { type Direct, direct, type Resource } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";

const marked = (adopt: readonly string[]): Resource => ({
  ...{ kind: "FwmarkRule", name: "one", adopt },
  args: { mark: 1, mask: 0xff, priority: 1024, table: 1 },
});

/** As `ip rule` prints them. The first three are of one priority, and their order counts. */
const TAKEN = [
  "1000: from all iif eth0 lookup 77",
  "1000: from all fwmark 0x500/0xff00 iif eth9 lookup foreign_vpn",
  "1000: from all iif eth0 lookup main suppress_prefixlength 0",
  "1001: from all lookup main suppress_prefixlength 0",
  "1002: from all ipproto tcp dport 22 lookup main",
  "1003: not from 192.168.99.0/24 iif eth9 lookup 77",
  "1004: from all iif eth9 lookup 77 proto static",
  "1005: from all uidrange 4000-4001 lookup 77",
  "1006: from 10.98.0.0/16 tos 0x10 lookup 77",
  "1007: from all iif eth9 goto 32766",
  "1008: from 10.98.0.0/16 unreachable",
  "1009: from all to 10.98.0.0/16 prohibit",
  "1010: from all ipproto 99 sport 100-200 lookup 77",
  "1011: from all iif eth9 lookup main suppress_ifgroup 7",
  "1012: from all oif eth9 lookup 77 realms 1/2",
  "1013: from all iif eth9 nop",
  "1014: from all iif eth9 l3mdev",
  "1015: from all to 10.98.0.0/16 tun_id 5 blackhole",
];
const added = (rule: string) => rule.replace(/^(\d+): (not )?(.*)$/, "ip rule add $2$3 pref $1");

describe("policy rules under adopt", () => {
  let lab: Lab;
  let stack: Direct;
  let shown: string[];
  beforeAll(async () => {
    lab = await startLab({ sshdConfig: UNTOLD });
    await startSite(lab);
    await lab.router.exec(TAKEN.map(added).join("\n"));
    const rules = (await lab.router.exec("ip rule show")).split("\n").map((text) => text.trim());
    shown = rules.filter((text) => /^10[01]\d:/.test(text)).map((text) => text.replace(" [detached]", ""));
    expect(shown).toHaveLength(TAKEN.length);
    stack = await direct(lab);
    stack.router = { ...stack.router, connectTimeout: 4, confirmTimeout: 10 };
  });
  afterAll(() => lab?.stop());

  test("a change that is taken back restores every word of them, and their order", async () => {
    const before = await lab.router.dump();
    stack.resources = [marked(shown)];
    // Whoever connects once the change is made is shut out.
    const shut = lab.router.exec(`until ip rule | grep -q 'fwmark 0x1/0xff'; do :; done
      iptables -I INPUT -p tcp --dport 22 --syn -j DROP`);
    await expect(stack.deploy()).rejects.toThrow(/rolled back|taken (it )?back/);
    await shut;
    // That it was taken back is left there for whoever comes to ask.
    await lab.router.exec(`iptables -D INPUT -p tcp --dport 22 --syn -j DROP
      until [ -z "$(ls /run/multiwan 2>/dev/null | grep -v reverted)" ]; do sleep 0.1; done
      rm -f /run/multiwan/reverted; rmdir /run/multiwan 2>/dev/null || :`);
    expect(await lab.router.dump()).toBe(before);
  });

  test("a destroy gives them back word for word, each in its place", async () => {
    const before = await lab.router.dump();
    stack.resources = [marked(shown)];
    succeeded(await stack.up());
    expect(await lab.router.exec("ip rule show | grep '^10[01]' || :")).toBe("");
    expect(Object.values((await stack.preview()).ops)).toEqual(["same"]);
    succeeded(await stack.destroy());
    expect(await lab.router.dump()).toBe(before);
  });

  /** What stands on the router, which of it is to be adopted, and why not. */
  test.each([
    [
      "one of two of a priority, that would come to stand behind the other",
      ["1100: from 10.98.1.0/24 lookup 77", "1100: from 10.98.0.0/16 lookup main"],
      "1100: from 10.98.1.0/24 lookup 77",
      '"1100: from 10.98.0.0/16 lookup 254" of the same priority, now behind it, would stand before it',
    ],
    [
      "one that the kernel would mix up with the one before it",
      ["1100: from 10.98.1.0/24 iif eth9 lookup 77", "1100: from 10.98.1.0/24 lookup 77"],
      "1100: from 10.98.1.0/24 lookup 77",
      'ip rule del would take "1100: from 10.98.1.0/24 iif eth9 lookup 77", which stands before it',
    ],
  ])("%s is refused in the preview by its text", async (_, rules, adopt, why) => {
    await lab.router.exec(rules.map(added).join("\n"));
    const before = await lab.router.dump();
    stack.resources = [marked([adopt])];
    const { failures } = await stack.up();
    expect(failures.one).toContain(why);
    expect(await lab.router.dump()).toBe(before);
    await lab.router.exec("while ip rule del pref 1100; do :; done 2>/dev/null; :");
  });

  test("one that the router has twice is refused in the preview", async () => {
    await lab.router.exec(
      "ip rule add from 10.98.1.0/24 lookup 77 pref 1100; ip rule save | ip rule restore 2>/dev/null || :",
    );
    const twice = (await lab.router.exec("ip rule show pref 1100")).match(/1100:/g);
    expect(twice).toHaveLength(2);
    stack.resources = [marked(["1100: from 10.98.1.0/24 lookup 77"])];
    expect((await stack.preview()).failures.one).toContain("the router has it twice");
  });
});
