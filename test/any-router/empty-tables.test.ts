/** A router whose iptables tables nobody has used yet: what a change puts there goes again when the change is taken back. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Lab, startLab, UNTOLD } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { type Direct, direct, type Resource } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";

/** Leads whoever connects to the router's own ssh port to a server that does not answer there. */
const CAPTURE: Resource = {
  kind: "ServerMap",
  name: "capture",
  args: { map: "capture", entries: [{ address: "192.168.99.1", port: 22, server: "172.16.1.131" }] },
};
const BACK = /no longer gets in: .*\. Everything was taken back\.$/;

// Either of them is the only one that shows its kind of emptiness.
describe.each(["nft", "legacy"] as const)("tables that were empty, iptables %s", (iptables) => {
  let lab: Lab;
  let stack: Direct;
  beforeAll(async () => {
    lab = await startLab({ iptables, foreign: false, sshdConfig: UNTOLD });
    await startSite(lab);
    stack = await direct(lab);
    stack.router = { ...stack.router, connectTimeout: 5, confirmTimeout: 10 };
  });
  afterAll(() => lab?.stop());

  const managed = () => lab.router.exec("{ iptables-save; ip rule; } | grep -e mw- -e fwmark || :");

  const shutOut = async () => {
    stack.resources = [CAPTURE];
    const before = await lab.router.dump();
    const { failures } = await stack.up();
    expect(failures.capture).toMatch(BACK);
    expect(await lab.router.dump()).toBe(before);
    expect(await managed()).toBe("");
    // A new connection gets in.
    succeeded(await stack.preview());
    stack.resources = undefined;
  };

  test("the first change of a fresh router shuts the operator out, and is taken back whole", async () => {
    expect(await lab.router.exec("iptables-save | grep -v '^#' || :")).toBe("");
    await shutOut();
  });

  test("so it is after every table was flushed away", async () => {
    await lab.router.exec(
      iptables === "nft" ? "nft flush ruleset" : "for t in nat mangle filter; do iptables -t $t -F; done",
    );
    await shutOut();
  });

  if (iptables === "nft")
    test("so it is where the table is there and its one chain is missing", async () => {
      await lab.router.exec(
        "nft flush ruleset; iptables -t nat -A POSTROUTING -s 10.9.0.0/16 -j MASQUERADE; nft delete chain ip nat PREROUTING 2>/dev/null || :",
      );
      await shutOut();
    });

  test("of an ordinary site whose proof fails no mark stays", async () => {
    await lab.router.exec("ip rule add iif eth0 to 198.51.100.0/24 lookup main priority 700");
    // All of it is one transaction.
    stack.inOrder = false;
    const before = await lab.router.dump();
    const { failures } = await stack.up();
    expect(Object.values(failures).join("\n")).toContain("Everything was taken back");
    expect(await lab.router.dump()).toBe(before);
    expect(await managed()).toBe("");
    await lab.router.exec("ip rule del priority 700");
    succeeded(await stack.up());
    succeeded(await stack.destroy());
    expect(await managed()).toBe("");
  });
});
