/** A router whose iptables tables nobody has used yet: what a change puts there goes again when the change is taken back. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Lab, startLab, UNTOLD } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { type Direct, direct, type Resource } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";
import { iptablesVariants } from "../variants.ts";

const DOORS: Resource = {
  kind: "ServerMap",
  name: "doors",
  args: { map: "doors", entries: [{ address: "192.168.99.1", port: 2222, server: "172.16.1.131" }] },
};
/** A rule that the router says it has taken, and has not: the change is taken back. */
const LOST: Resource = { kind: "FwmarkRule", name: "lost", args: { mark: 9, mask: 0xffff, table: 77, priority: 904 } };
const LIES = `#!/bin/sh
case "$*" in "rule add "*904*) exit 0 ;; esac
exec REAL "$@"
`;

// Either of them is the only one that shows its kind of emptiness.
describe.each(iptablesVariants("nft"))("tables that were empty, iptables %s", (iptables) => {
  let lab: Lab;
  let stack: Direct;
  beforeAll(async () => {
    lab = await startLab({ iptables, foreign: false, sshdConfig: UNTOLD });
    await startSite(lab);
    await lab.router.exec(
      `mkdir -p /usr/local/sbin; sed "s#REAL#$(command -v ip)#" >/tmp/ip; install -m 755 /tmp/ip /usr/local/sbin/ip; rm /tmp/ip`,
      LIES,
    );
    stack = await direct(lab);
    stack.router = { ...stack.router, connectTimeout: 5, confirmTimeout: 10 };
  });
  afterAll(() => lab?.stop());

  const managed = () => lab.router.exec("{ iptables-save; ip rule; } | grep -e mw- -e fwmark || :");

  const takenBack = async () => {
    stack.inOrder = false;
    stack.resources = [DOORS, LOST];
    const before = await lab.router.dump();
    const { failures } = await stack.up();
    expect(failures.lost).toMatch(/the router does not show it: .*\. Everything was rolled back\.$/);
    expect(await lab.router.dump()).toBe(before);
    expect(await managed()).toBe("");
    stack.resources = undefined;
  };

  test("the first change of a fresh router is taken back whole", async () => {
    expect(await lab.router.exec("iptables-save | grep -v '^#' || :")).toBe("");
    await takenBack();
  });

  test("so it is after every table was flushed away", async () => {
    await lab.router.exec(
      iptables === "nft" ? "nft flush ruleset" : "for t in nat mangle filter; do iptables -t $t -F; done",
    );
    await takenBack();
  });

  if (iptables === "nft")
    test("so it is where the table is there and its one chain is missing", async () => {
      await lab.router.exec(
        "nft flush ruleset; iptables -t nat -A POSTROUTING -s 10.9.0.0/16 -j MASQUERADE; nft delete chain ip nat PREROUTING 2>/dev/null || :",
      );
      await takenBack();
    });

  test("of an ordinary site whose proof fails no mark stays", async () => {
    await lab.router.exec("ip rule add iif eth0 to 198.51.100.0/24 lookup main priority 700");
    // All of it is one transaction.
    stack.inOrder = false;
    const before = await lab.router.dump();
    // The preview refuses it; this is what the router does of an update that had none.
    const { failures } = await stack.update();
    expect(Object.values(failures).join("\n")).toContain("Everything was rolled back");
    expect(await lab.router.dump()).toBe(before);
    expect(await managed()).toBe("");
    await lab.router.exec("ip rule del priority 700");
    succeeded(await stack.up());
    succeeded(await stack.destroy());
    expect(await managed()).toBe("");
  });
});
