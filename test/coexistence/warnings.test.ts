import { describe, expect, test } from "@jest/globals";
import { markWarnings, nativeWarnings, routerWarnings } from "../../provider/coexistence/warnings.ts";
import { parseRule } from "../../provider/dialects/iptables/packet-rule.ts";
import { nativeThreats } from "../../provider/dialects/nftables/nft-native.ts";
import type { ChainLine, RuleLine } from "../../provider/model/line.ts";
import { routerOf } from "../kinds/routers.ts";
import { RECORDED, routerBeside } from "./footprints.ts";

const router = routerOf();
const beside = (capabilities: Partial<typeof router.capabilities>) =>
  routerWarnings({ capabilities: { ...router.capabilities, ...capabilities } });

describe("about the router", () => {
  test("nothing on a plain one", () => {
    expect(beside({})).toEqual([]);
    expect(beside({ networkd: { deletesRules: false, deletesRoutes: false } })).toEqual([]);
    expect(beside({ nftTables: ["inet fw4"] })).toEqual([]);
  });

  test("systemd-networkd, with the setting that keeps it from that", () => {
    expect(beside({ networkd: { deletesRules: true, deletesRoutes: true } })).toEqual([
      "systemd-networkd runs on this router. When it restarts, and in some versions when a link changes, it deletes rules and routes that it did not make itself (systemd 248 and later), unless it is told to keep them. networkd: keep-foreign, in the site or a BootConfig, writes /etc/systemd/networkd.conf.d/multiwan.conf for that",
    ]);
    const [routes = ""] = beside({ networkd: { deletesRules: false, deletesRoutes: true } });
    expect(routes).toMatch(/deletes routes that/);
  });

  test("both variants of iptables, by their names", () => {
    expect(beside({ iptables: { ...router.capabilities.iptables, bothVariants: true } })).toEqual([
      "both variants of iptables hold rules here, iptables-legacy and iptables-nft: packets pass both, and neither lists the other. This stack works in legacy, and stays there whatever plain iptables is; what iptables-nft holds is neither compared nor changed. To have everything in one, move the rules of iptables-nft to iptables-legacy; or run pulumi destroy, move everything to iptables-nft, and run pulumi up",
    ]);
  });

  test("wg-quick's nft table", () => {
    expect(beside({ nftTables: ["ip wg-quick-wg0", "ip6 wg-quick-wg0"] })).toEqual([
      expect.stringMatching(/^the nft table "ip wg-quick-wg0" of wg-quick gives every UDP packet the whole mark/),
    ]);
  });
});

describe("rules of nft's own", () => {
  const native = nativeThreats(`table inet filter {
	chain forward {
		type filter hook forward priority filter; policy drop;
		ct state established,related accept
		iifname "eth0" tcp dport 25 reject with tcp reset
	}
}
table ip libvirt_network {
	chain guest {
		type filter hook forward priority filter; policy accept;
		oifname "virbr0" reject
	}
}
`);

  test("one that packets of the stack may meet is named once for each table, with what it may do", () => {
    expect(nativeWarnings({ native }, { devices: new Set(["eth0", "eth1"]), networks: [] })).toEqual([
      'the nft table "inet filter" may stop or change packets of this stack: "iifname "eth0" tcp dport 25 reject with tcp reset" in chain forward and 1 more. iptables shows none of it (nft list table inet filter), and what it does is not modelled: nothing is claimed of connections that meet it. See that it lets the published services and their answers pass',
    ]);
  });

  test("one of other devices is not named, nor is a router without any", () => {
    expect(
      nativeWarnings(
        { native: native.filter(({ table }) => table === "ip libvirt_network") },
        { devices: new Set(["eth0"]), networks: [] },
      ),
    ).toEqual([]);
    expect(nativeWarnings({}, { devices: new Set(["eth0"]), networks: [] })).toEqual([]);
  });
});

test("chains of another program in a table of iptables-nft, on a router without nft", () => {
  expect(beside({ nftTables: ["ip filter", "inet fw4"] })).toEqual([
    expect.stringMatching(/^the nft table "ip filter" has chains of another program, which iptables does not show/),
  ]);
});

describe("about marks that others compare", () => {
  const chain = (mask: string): ChainLine => ({
    ...{ kind: "chain", table: "mangle", chain: "mw-site-mark" },
    rules: [`-i eth1 -j MARK --set-xmark 0x1/${mask}`].map(parseRule),
  });
  const foreign = () => true;
  const rule = (fields: Partial<RuleLine>): RuleLine => ({
    kind: "rule",
    priority: 9,
    from: "all",
    table: 7,
    ...fields,
  });
  const about = (mask: string, ...rules: RuleLine[]) => markWarnings([chain(mask)], routerOf({ rules }), foreign);

  test("a rule without a mask misses packets that carry a mark of ours", () => {
    expect(about("0xf", rule({ mark: 0x20 }))).toEqual([
      `the router's rule "9: from all fwmark 0x20 lookup 7" compares the whole mark of a packet that 0xf of this stack is part of: it misses packets that carry a mark of a link. Give the rule a mask of its own bits, or take another mask here`,
    ]);
    expect(about("0xf", rule({ mark: 0x20, mask: 0xf0 }), rule({ mark: 0x20, rest: "not" }), rule({}))).toEqual([]);
  });

  test("with the full mask every rule by mark is one, and has its owner's name; a rule of ours is none", () => {
    const beside = routerBeside(RECORDED.mwan3!);
    expect(markWarnings([chain("0xffffffff")], beside, foreign)[0]).toMatch(
      /^the router's rule "2001: .*" \(it looks like mwan3's\) compares bits of marks that 0xffffffff/,
    );
    expect(markWarnings([chain("0xffffffff")], beside, () => false)).toEqual([]);
    expect(markWarnings([rule({ mark: 1 })], beside, foreign)).toEqual([]);
  });
});
