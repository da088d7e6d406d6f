/** A rollback that cannot be finished: the run says what is left, and the next up or destroy clears it. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type Lab, startLab } from "../lab/index.ts";
import { type Direct, direct, type Resource } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";
import { iptablesVariants, thorough } from "../variants.ts";

const rule = (priority: number): Resource => ({
  kind: "FwmarkRule",
  name: `rule-${priority}`,
  args: { mark: priority, mask: 0xffff, table: 77, priority },
});
const DOORS: Resource = {
  kind: "ServerMap",
  name: "doors",
  args: { map: "doors", entries: [{ address: "123.234.1.11", port: 1494, server: "172.16.1.131" }] },
};
const LINK: Resource = {
  kind: "WanLink",
  name: "link",
  args: { linkId: 1, link: "one", device: "eth1", gateway: "149.99.251.145", addresses: ["123.234.1.11"] },
};
/** A rule that the router says it has taken, and has not: the change is taken back. */
const LOST = rule(904);

describe.each(iptablesVariants("nft"))("after a rollback that failed, iptables %s", (iptables) => {
  let lab: Lab;
  let stack: Direct;
  let before: string;
  beforeAll(async () => {
    lab = await startLab({ iptables, foreign: false });
    stack = await direct(lab);
    stack.inOrder = false;
    stack.resources = [rule(900)];
    succeeded(await stack.up());
    before = await lab.router.dump();
  });
  afterAll(() => lab?.stop());
  beforeEach(async () => {
    stack.resources = [rule(900), LINK, DOORS, LOST];
  });

  const tool = (name: string, text: string) =>
    lab.router.exec(
      `real=$(command -v ${name}); mkdir -p /usr/local/sbin; sed "s#REAL#$real#g" >/usr/local/sbin/${name}; chmod 755 /usr/local/sbin/${name}`,
      `#!/bin/sh\n${text}\n`,
    );
  /** No jump of the nat table and no address goes any more. */
  const breakWayBack = async (slow = "") => {
    await tool(
      "iptables-restore",
      `text=$(cat); case $text in *"-D PREROUTING"*) echo no >&2; exit 4 ;; esac\nprintf '%s\\n' "$text" | REAL "$@"`,
    );
    await tool(
      "ip",
      `case "$*" in "rule add "*904*) exit 0 ;; "addr del "*) echo no >&2; exit 4 ;; -V) ${slow} ;; esac\nexec REAL "$@"`,
    );
  };
  const heal = () => lab.router.exec("rm -f /usr/local/sbin/ip /usr/local/sbin/iptables-restore");
  const left = () => lab.router.exec("{ iptables-save; ip addr; } | grep -e mw- -e 123.234.1.11 || :");

  const fail = async () => {
    await breakWayBack();
    const { failures } = await stack.up();
    expect(failures["rule-904"]).toMatch(
      /did not bring the router back to what it was.*still there: .*123\.234\.1\.11/,
    );
    expect(failures["rule-904"]).not.toContain("Everything was rolled back");
    expect(await left()).toContain("123.234.1.11");
    expect(await left()).toContain("-j mw-");
    // Nobody is left on the router who would go on with it.
    await lab.router.exec("rm -rf /run/multiwan/tx.* /run/multiwan/lock; sleep 2");
    await heal();
  };

  test("an up that no longer declares it clears it", async () => {
    await fail();
    stack.resources = [rule(900)];
    const seen = await stack.preview();
    expect(seen.drift.join("\n")).toContain("123.234.1.11");
    succeeded(await stack.up());
    expect(await left()).toBe("");
    expect(await lab.router.dump()).toBe(before);
    expect((await stack.up()).ops).toEqual({ "rule-900": "same" });
  });

  thorough("an up that declares it again takes it over, and its destroy leaves nothing", async () => {
    await fail();
    stack.resources = [rule(900), LINK, DOORS];
    succeeded(await stack.up());
    stack.resources = [rule(900)];
    succeeded(await stack.up());
    expect(await left()).toBe("");
    expect(await lab.router.dump()).toBe(before);
  });

  test("a line that is there again behind a rollback that came to its end is cleared too", async () => {
    // The tool takes the rule away, shows that, and it is back when the router is read.
    await tool(
      "ip",
      `case "$*" in
  "rule add "*904*) exit 0 ;;
  "rule add "*901*) : >/tmp/again ;;
  "rule show") [ ! -e /tmp/again ] || ls /run/multiwan | grep -q '^tx' || { rm /tmp/again; REAL rule add fwmark 901/0xffff lookup 77 pref 901; } ;;
esac
exec REAL "$@"`,
    );
    stack.resources = [rule(900), rule(901), LOST];
    expect((await stack.up()).failures["rule-904"]).toMatch(/still there: 901: .*The next up or destroy clears/);
    await heal();
    stack.resources = [rule(900)];
    expect((await stack.preview()).drift.join("\n")).toContain("901: ");
    succeeded(await stack.up());
    expect(await lab.router.dump()).toBe(before);
  });

  test("where the router was faster to take it back, it is asked how that ended", async () => {
    stack.router = { ...stack.router, confirmTimeout: 3 };
    await breakWayBack("for f in /run/multiwan/tx.*/armed; do [ ! -e $f ] || sleep 8; done");
    const { text } = await stack.up();
    expect(text).not.toContain("Everything was rolled back");
    expect(text).toContain("still there: ");
    await heal();
  });

  test("a destroy clears it", async () => {
    succeeded(await stack.destroy());
    expect(await left()).toBe("");
    expect(await lab.router.exec("ls -A /run/multiwan 2>/dev/null || :")).not.toContain("left");
  });
});
