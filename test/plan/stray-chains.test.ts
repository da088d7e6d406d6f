import { expect, test } from "@jest/globals";
import { parseIptablesSave } from "../../provider/dialects/iptables/iptables-save.ts";
import { ruleText } from "../../provider/dialects/iptables/packet-rule.ts";
import { chainName, familyOf, isChainName } from "../../provider/model/chain-name.ts";
import type { HookLine, Line } from "../../provider/model/line.ts";
import type { Snapshot } from "../../provider/model/snapshot.ts";
import { familiesOf, foreignNames, strayChains } from "../../provider/plan/stray-chains.ts";

const chain = (name: string): Line => ({ kind: "chain", table: "nat", chain: name, rules: [] });
const nat = (manifest: string | undefined, ...rows: string[]) =>
  ({
    manifest,
    iptables: parseIptablesSave(["*nat", ":PREROUTING ACCEPT [0:0]", ...rows, "COMMIT", ""].join("\n")),
    ...{
      sysctls: new Map(),
      tableNames: { names: new Map() },
      addresses: [],
      rules: [],
      routes: [],
      boot: { files: [] },
    },
  }) as unknown as Snapshot;

const LONG = "a_name_of_twenty_one_c";
const NAMES = ["mark", "out", "dnat", "snat", "snat-eth1.20", "snat-averylongname15", "fwd"];

test("every name that a resource may give its chains is known for one, with the resource's part of it", () => {
  for (const part of NAMES) {
    expect([part, isChainName(chainName("site", part))]).toEqual([part, true]);
    expect(familyOf(chainName("site", part))).toBe("mw-site");
    expect([part, isChainName(chainName(LONG, part))]).toEqual([part, true]);
    expect(familyOf(chainName(LONG, part))).toBe(familyOf(chainName(LONG, "mark")));
  }
  for (const name of ["mw-fbaed-123.234.1.12", "mw-fbaed-123.0.0.0/8", "mw-fbaed-7bea010bt3f", "mw-fbaes-10.0.0.1"])
    expect([name, isChainName(name), familyOf(name)]).toEqual([name, true, undefined]);
});

test.each(["mw-trusted", "mw-", "mw-mark", "mw-log.input", "mw-lan-markers", "my-site-mark", "mw-abcdd"])(
  "%s is none",
  (name) => expect(isChainName(name)).toBe(false),
);

test("left are the chains of a name, what they lead to, and the jumps to them; not those of others", () => {
  const rows = [
    ...[":mw-site-dnat - [0:0]", ":mw-abcdd-10.0.0.1 - [0:0]", ":mw-ffffd-10.0.0.1 - [0:0]", ":mw-other-dnat - [0:0]"],
    ...[":mw-site-snat - [0:0]", "-A PREROUTING -j mw-other-dnat", "-A PREROUTING -j mw-site-dnat"],
    "-A mw-site-dnat -d 10.0.0.1/32 -j mw-abcdd-10.0.0.1",
  ];
  const left = strayChains(nat("# foreign: nat/mw-site-snat\n", ...rows), familiesOf([chain("mw-site-fwd")]));
  expect(left.map((line) => (line.kind === "chain" ? line.chain : ruleText((line as HookLine).rule)))).toEqual([
    ...["-j mw-site-dnat", "mw-site-dnat", "mw-abcdd-10.0.0.1"],
  ]);
});

test("what was there before the first managed line is kept as foreign, until it is gone or managed", () => {
  const rows = [":mw-site-dnat - [0:0]", ":mw-site-snat - [0:0]"];
  const request = { owner: "p/s/ServerMap/site", desired: [chain("mw-site-dnat")] };
  const of = (snapshot: Snapshot) => foreignNames(snapshot, new Map(), [request], new Map());
  expect(of(nat(undefined, ...rows))).toEqual({ foreign: "nat/mw-site-snat" });
  expect(of(nat("# foreign: nat/mw-site-snat nat/mw-gone-dnat\n", ...rows))).toEqual({ foreign: "nat/mw-site-snat" });
  expect(of(nat("# no word\n", ...rows))).toEqual({});
});
