/**
 * iptables-nft makes tables and base chains on its way. Those that were not there before the first stack go with the last managed
 * line, unless somebody has a use for them; the router is then as it was, for nft too.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { type Lab, startLab } from "../lab/index.ts";
import { type Direct, direct, type Resource } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";
import { testingAll } from "../variants.ts";

const doors = (map: string, address: string): Resource => ({
  kind: "ServerMap",
  name: map,
  args: { map, entries: [{ address, port: 2222, server: "172.16.1.131" }] },
});
const FIRST = doors("first", "192.168.99.1");
const SECOND = doors("second", "192.168.98.1");
/** A rule that the router says it has taken, and has not: the change is taken back. */
const LOST: Resource = { kind: "FwmarkRule", name: "lost", args: { mark: 9, mask: 0xffff, table: 77, priority: 904 } };
const LIES = `#!/bin/sh
case "$*" in "rule add "*904*) exit 0 ;; esac
exec REAL "$@"
`;

let lab: Lab;
let one: Direct;
let two: Direct;
beforeAll(async () => {
  lab = await startLab({ iptables: "nft", foreign: false });
  one = await direct(lab);
  two = await direct(lab);
  two.stack = "multiwan/other";
  for (const stack of [one, two]) stack.inOrder = false;
});
afterAll(() => lab?.stop());
beforeEach(async () => {
  await lab.router.exec("nft flush ruleset");
  one.resources = [FIRST];
  two.resources = [SECOND];
});

const ruleset = () => lab.router.exec("nft list ruleset | sed 's/packets [0-9]* bytes [0-9]*//'");

test.each(
  [
    ["an empty router", ":"],
    ["a table without chains", "nft add table ip nat; nft add table ip mangle"],
    [
      "another chain in the table, and other tables",
      "iptables -t nat -A POSTROUTING -s 10.9.0.0/16 -j MASQUERADE; iptables -P FORWARD DROP; nft add table inet fw",
    ],
    ["the base chain, empty", "iptables -t nat -A PREROUTING -j ACCEPT; iptables -t nat -F"],
  ].slice(0, testingAll ? undefined : 3),
)("%s is after a destroy as before", async (_, script) => {
  await lab.router.exec(script);
  const before = await ruleset();
  succeeded(await one.up());
  expect(await ruleset()).toContain("mw-");
  succeeded(await one.destroy());
  expect(await ruleset()).toBe(before);
});

test("a first change that is taken back leaves neither", async () => {
  await lab.router.exec(
    `mkdir -p /usr/local/sbin; sed "s#REAL#$(command -v ip)#" >/tmp/ip; install -m 755 /tmp/ip /usr/local/sbin/ip; rm /tmp/ip`,
    LIES,
  );
  one.resources = [FIRST, LOST];
  expect((await one.up()).failures.lost).toContain("Everything was rolled back");
  expect(await ruleset()).toBe("");
  await lab.router.exec("rm /usr/local/sbin/ip");
});

test("a second stack that uses them keeps them, and takes them along when it goes as the last", async () => {
  succeeded(await one.up());
  succeeded(await two.up());
  succeeded(await one.destroy());
  expect(await ruleset()).toContain("jump mw-second");
  succeeded(await two.destroy());
  expect(await ruleset()).toBe("");
});

test.each(
  [
    ["a rule", "iptables -t nat -A PREROUTING -i eth0 -j ACCEPT", 'iifname "eth0"'],
    ["a native set", "nft add set ip nat known '{ type ipv4_addr; }'", "set known"],
  ].slice(testingAll ? 0 : 1),
)("%s of others that came meanwhile stays, with what it is in", async (_, script, shown) => {
  succeeded(await one.up());
  await lab.router.exec(script);
  succeeded(await one.destroy());
  const after = await ruleset();
  expect(after).toContain(shown);
  expect(after).not.toContain("mw-");
});

test("a chain that was flushed meanwhile is others', and so is every chain where the list does not tell", async () => {
  succeeded(await one.up());
  await lab.router.exec("iptables -t nat -F; sed -i '/^# made: /d' /run/multiwan/manifest");
  succeeded(await one.up());
  succeeded(await one.destroy());
  expect(await ruleset()).toContain("chain PREROUTING");
});
