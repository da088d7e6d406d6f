import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Drive, drive } from "../drive/index.ts";
import { type Lab, startLab } from "../lab/index.ts";
import { thorough } from "../variants.ts";
import { succeeded } from "./helpers.ts";

const MISSING = "missing: 1025: from all fwmark 0x2 lookup wan_two";
const UNEXPECTED = "unexpected: -t mangle -A mw-site-mark -s 192.0.2.0/24 -j ACCEPT";

describe("changes made by hand, as the commands show them", () => {
  let lab: Lab;
  let stack: Drive;
  let dump: string;
  beforeAll(async () => {
    lab = await startLab();
    stack = drive(lab);
    succeeded(await stack.up("--skip-preview"));
    dump = await lab.router.dump();
  });
  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]();
    await lab?.stop();
  });

  test("a plain preview says the missing and the unexpected line", async () => {
    await lab.router.exec("ip rule del pref 1025");
    await lab.router.exec("iptables -t mangle -I mw-site-mark 3 -s 192.0.2.0/24 -j ACCEPT");
    const plain = await stack.preview();
    succeeded(plain);
    expect(plain.text).toContain(`FwmarkRule site-wan_two-rule has drifted:\n`);
    expect(plain.text).toContain(MISSING);
    expect(plain.text).toContain(UNEXPECTED);
  });

  test("the next up mends both, with --diff line by line, and the one after finds nothing to do", async () => {
    const mended = await stack.up("--skip-preview", "--diff");
    succeeded(mended);
    expect(mended.text).toContain(`[0]: "${MISSING}"`);
    expect(mended.text).toContain(UNEXPECTED);
    expect(mended.text).toMatch(/2 updated/);
    expect(await lab.router.dump()).toBe(dump);
    const watch = await lab.router.watchWrites();
    const { text } = await stack.up("--skip-preview");
    expect(await watch.stop()).toEqual([]);
    expect(text).not.toMatch(/drift|updated/);
  });

  thorough("a refresh takes what it finds into the state, and the up after it mends just as well", async () => {
    await lab.router.exec("ip rule del pref 1025");
    succeeded(await stack.refresh());
    succeeded(await stack.up("--skip-preview"));
    expect(await lab.router.dump()).toBe(dump);
  });

  test("a router that has forgotten everything, as after a reboot, is made whole by one up", async () => {
    await lab.router.exec(`
      rm -rf /run/multiwan
      while ip rule del pref 1124 2>/dev/null; do :; done; ip rule del pref 1024; ip rule del pref 1025
      ip route flush table 1; ip route flush table 2; ip route del default
      iptables -t mangle -D PREROUTING -j mw-site-mark; iptables -t mangle -D OUTPUT -j mw-site-out
      iptables -t mangle -F mw-site-mark; iptables -t mangle -X mw-site-mark`);
    succeeded(await stack.up("--skip-preview"));
    // Which base chains iptables-nft has made for managed lines only the list itself knew.
    const withoutMade = (text: string) => ordered(text.replace(/^ *# made: .*\n/m, ""));
    expect(withoutMade(await lab.router.dump())).toBe(withoutMade(dump));
  });
});

/** From-rules of one priority come in any order, and so do chains. */
const ordered = (text: string) => text.split("\n").filter(Boolean).sort().join("\n");
