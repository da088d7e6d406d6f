/** What others put on the router while a change is made is theirs: it stays, and a rollback is not judged by it. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type Lab, startLab, UNTOLD } from "../lab/index.ts";
import { type Direct, direct, type Resource } from "../rows/direct.ts";
import { iptablesVariants } from "../variants.ts";

/** A rule that the router says it has taken, and has not: the change is taken back. */
const LOST: Resource = { kind: "FwmarkRule", name: "lost", args: { mark: 9, mask: 0xffff, table: 77, priority: 904 } };
const DEFAULT: Resource = {
  kind: "DefaultRoute",
  name: "default",
  args: { device: "eth1", gateway: "149.99.251.145" },
};
const link = (address: string): Resource => ({
  kind: "WanLink",
  name: "link",
  args: { linkId: 1, link: "one", device: "eth1", gateway: "149.99.251.145", addresses: [address] },
});
const BACKUP = "default via 149.99.251.145 dev eth1 metric 100";

describe.each(iptablesVariants("legacy"))("beside other people's daemons, iptables %s", (iptables) => {
  let lab: Lab;
  let stack: Direct;
  beforeAll(async () => {
    lab = await startLab({ iptables, defaultRoute: BACKUP, sshdConfig: UNTOLD });
    stack = await direct(lab);
    stack.inOrder = false;
    stack.router = { ...stack.router, connectTimeout: 5, confirmTimeout: 20 };
  });
  afterAll(() => lab?.stop());
  beforeEach(async () => void (await lab.router.exec("rm -f /usr/local/sbin/ip /tmp/seen /tmp/go")));

  /** Somebody else is at work whenever `ip` is called so. */
  const meanwhile = (when: string, what: string) =>
    lab.router.exec(
      `real=$(command -v ip); mkdir -p /usr/local/sbin; sed "s#REAL#$real#g" >/usr/local/sbin/ip; chmod 755 /usr/local/sbin/ip`,
      `#!/bin/sh\ncase "$*" in ${when}) ${what} ;; "rule add "*904*) exit 0 ;; esac\nexec REAL "$@"\n`,
    );

  test("a route that a daemon adds meanwhile does not count, and a default of another metric stays", async () => {
    await meanwhile(
      '"route add default"* | "route replace default"*',
      "REAL route replace 10.77.0.0/16 via 149.99.251.145 dev eth1 proto bgp",
    );
    stack.resources = [DEFAULT, LOST];
    const { failures } = await stack.up();
    expect(failures.lost).toMatch(/Everything was rolled back\.$/);
    expect(await lab.router.exec("ip route show default")).toBe(`${BACKUP} \n`);
    expect(await lab.router.exec("ip route show 10.77.0.0/16")).toContain("proto bgp");
    await lab.router.exec("ip route del 10.77.0.0/16");
  });

  test.each([
    ["address", "addr add 123.234.1.11/32 dev eth1", link("123.234.1.11"), "ip addr show dev eth1", "123.234.1.11/32"],
    [
      "rule",
      "rule add from all fwmark 0x9 table 77 pref 909",
      { kind: "FwmarkRule", name: "rule", args: { mark: 9, mask: 0xffffffff, table: 77, priority: 909 } } as Resource,
      "ip rule show",
      "909:",
    ],
    [
      "route",
      "route add default via 149.99.251.145 dev eth1",
      DEFAULT,
      "ip route show default",
      "149.99.251.145 dev eth1 \n",
    ],
  ])(
    "an %s that somebody adds just before stays when the change fails by it",
    async (_, command, resource, show, line) => {
      await meanwhile(`"${command}"*`, `REAL ${command}`);
      stack.resources = [resource];
      const { code, text } = await stack.up();
      expect(code).toBe(1);
      expect(text).toContain("Everything before it was rolled back");
      expect(await lab.router.exec(show)).toContain(line);
      await lab.router.exec(`rm /usr/local/sbin/ip; ip ${command.replace(" add ", " del ")}`);
    },
  );

  test("a carrier that goes meanwhile does not count", async () => {
    await meanwhile(
      '"route add default"* | "route replace default"*',
      "touch /tmp/seen; until [ -e /tmp/go ]; do sleep 0.1; done",
    );
    stack.resources = [LOST, { ...DEFAULT, args: { device: "eth2", gateway: "66.119.160.1" } }];
    const running = stack.up();
    await lab.router.exec("i=0; until [ -e /tmp/seen ] || [ $i -gt 300 ]; do i=$((i + 1)); sleep 0.1; done");
    await lab.run("isp2", ["ip", "link", "set", "rtr", "down"]);
    await lab.router.exec("until ip link show dev eth2 | grep -q NO-CARRIER; do sleep 0.1; done; touch /tmp/go");
    const { failures } = await running;
    await lab.run("isp2", ["ip", "link", "set", "rtr", "up"]);
    expect(failures.lost).toMatch(/Everything was rolled back\.$/);
    expect(await lab.router.exec("ip route show default")).toBe(`${BACKUP} \n`);
  });
});
