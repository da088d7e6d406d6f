/** What a preview says of connections, by the judge alone: on the write-up's router, with lines of others. */

import { describe, expect, test } from "@jest/globals";
import { parseFragment } from "../../provider/dialects/fragment.ts";
import { formatRoute } from "../../provider/dialects/iproute2/route.ts";
import { parseRules } from "../../provider/dialects/iproute2/rule.ts";
import { parseRule } from "../../provider/dialects/iptables/packet-rule.ts";
import type { RouteLine } from "../../provider/model/line.ts";
import type { Snapshot } from "../../provider/model/snapshot.ts";
import { formatManifest, type Manifest } from "../../provider/plan/manifest.ts";
import { outlookOf } from "../../provider/proof/outlook.ts";
import { parseCounts, sayCounts } from "../../provider/proof/say-counts.ts";
import { kindOfSaid, sayLost, sayMended, sayUntold } from "../../provider/proof/say-outlook.ts";
import { checkSite } from "../../provider/site/check.ts";
import { declaredLines, onPlainRouter } from "../../provider/site/declared.ts";
import { seed } from "../site/seed.ts";

const checked = checkSite(seed);
if ("faults" in checked) throw new Error(JSON.stringify(checked.faults));
const manifest: Manifest = new Map([["p/s/Site/site", { lines: declaredLines(checked.site), found: [] }]]);
const plain = onPlainRouter(checked.site);
const healthy = { ...plain, manifest: formatManifest(manifest) } as unknown as Snapshot;

const rulesWith = (text: string): Snapshot => ({
  ...healthy,
  rules: [...parseRules(`${text}\n`, new Map()), ...healthy.rules],
});

function chainWith(table: "filter" | "mangle" | "raw", chain: string, rule: string, policy = "ACCEPT"): Snapshot {
  const chains = new Map(healthy.iptables[table]?.chains ?? []);
  const rules = chains.get(chain)?.rules ?? [];
  chains.set(chain, { policy, rules: rule === "" ? rules : [parseRule(rule), ...rules] });
  return { ...healthy, iptables: { ...healthy.iptables, [table]: { chains } } };
}

const said = (now: Snapshot) => outlookOf(now, now, manifest).lost.map(sayLost);

describe("a router as it is", () => {
  test("a healthy one: nothing", () => {
    expect(outlookOf(healthy, healthy, manifest)).toEqual({
      counts: undefined,
      lost: [],
      mended: [],
      broken: [],
      untold: [],
    });
  });

  test("a policy rule above: once for the line, with the connections and a packet", () => {
    const lost = said(rulesWith("700:\tfrom all iif eth0 lookup main"));
    for (const text of lost) expect([kindOfSaid(text), kindOfSaid(`192.0.2.1: ${text}`)]).toEqual(["lost", "lost"]);
    expect(lost[0]).toMatch(
      /^connections are lost: tcp 216\.111\.1\.11:1494 -> \S+, by wan_two and \d+ more; because of "700: from all iif eth0 lookup main": the answer leaves by eth1 to .* \(tcp 172\.16\.1\.131:1494 -> \S+, in on eth0\)$/,
    );
    expect(lost.slice(1)).toEqual([expect.stringContaining("would be lost when the main table's default moves")]);
  });

  describe("beside a VPN that takes what those inside open", () => {
    const tunnel = parseFragment("0.0.0.0/1 via 10.8.0.1 dev tun0\n128.0.0.0/1 via 10.8.0.1 dev tun0") as RouteLine[];
    const nat = healthy.iptables.nat?.chains.get("POSTROUTING");
    const chains = new Map(healthy.iptables.nat?.chains);
    chains.set("POSTROUTING", { policy: "ACCEPT", rules: [...(nat?.rules ?? []), parseRule("-o tun0 -j MASQUERADE")] });
    const vpn: Snapshot = {
      ...healthy,
      routes: [...healthy.routes, ...tunnel],
      iptables: { ...healthy.iptables, nat: { chains } },
    };

    test("they are not lost: the way, and the VPN's route, which decides; not its translation", () => {
      const all = said(vpn);
      expect(all.filter((text) => text.includes("MASQUERADE"))).toEqual([]);
      expect(all).toContainEqual(
        expect.stringMatching(
          /^connections leave by another way than the site says: .*; because of "(0\.0\.0\.0|128\.0\.0\.0)\/1 via 10\.8\.0\.1 dev tun0": the request leaves by tun0 to 10\.8\.0\.1 instead of leaving by a link/,
        ),
      );
    });

    test("mended: the same words", () => {
      const { mended } = outlookOf(vpn, healthy, manifest);
      expect(mended.map((one) => sayMended(one))).toContainEqual(
        expect.stringMatching(/^this change mends connections that now leave by another way than the site says: /),
      );
    });
  });

  test("a default that the router does not have is not to blame: no line, but what happens", () => {
    const loose = rulesWith("700:\tfrom all iif eth0 lookup main");
    const foreign = { ...loose, rules: loose.rules.filter(({ priority }) => priority !== 700) };
    const marked = foreign.rules.filter(({ mark }) => mark === undefined || mark === 0);
    const moved = said({ ...foreign, rules: marked });
    expect(moved.length).toBeGreaterThan(0);
    const main = healthy.routes.filter(({ destination, table }) => destination === "default" && table === 254);
    const lines = main.map((line) => `"${formatRoute(line, new Map())}"`);
    for (const text of moved) for (const [line] of text.matchAll(/"default [^"]*"/g)) expect(lines).toContain(line);
  });

  test("a rule that marks behind the managed jump", () => {
    const rule = "-i eth0 -j MARK --set-xmark 0x1/0xffffffff";
    const chains = new Map(healthy.iptables.mangle?.chains);
    const { policy, rules } = chains.get("PREROUTING")!;
    chains.set("PREROUTING", { policy, rules: [...rules, parseRule(rule)] });
    const [first] = said({ ...healthy, iptables: { ...healthy.iptables, mangle: { chains } } });
    expect(first).toContain(`because of "-t mangle -A PREROUTING ${rule}": the answer leaves by eth1`);
  });

  test.each([
    ["a rule that drops", "-i eth2 -p tcp -j DROP", "ACCEPT", '"-t filter -A FORWARD -i eth2 -p tcp -j DROP"'],
    ["a policy", "", "DROP", '"-t filter -P FORWARD DROP"'],
  ])("shut: %s", (_, rule, policy, line) => {
    const shut = said(chainWith("filter", "FORWARD", rule, policy));
    expect(shut).toEqual([
      expect.stringMatching(
        /^published services are shut: tcp 216\.111\.1\.11:1494|^published services are shut: tcp 123/,
      ),
    ]);
    expect(shut[0]).toContain(`because of ${line}: it stops tcp `);
  });

  test("what firewalls are for, and forwarding that is off, which a warning of its own tells", () => {
    expect(said(chainWith("filter", "INPUT", "-p icmp -j DROP", "DROP"))).toEqual([]);
    expect(said({ ...healthy, sysctls: new Map([...healthy.sysctls, ["net.ipv4.ip_forward", "0"]]) })).toEqual([]);
  });

  test("nothing can be told: the line; where anything can, nothing", () => {
    const now = chainWith("raw", "PREROUTING", "-j CT --notrack");
    expect(kindOfSaid(sayUntold(outlookOf(now, now, manifest))!)).toBe("untold");
    expect(sayUntold(outlookOf(now, now, manifest))).toContain(
      '"-j CT --notrack" at raw PREROUTING: CT is not modelled',
    );
    const partly = chainWith("raw", "PREROUTING", "-i eth2 -j CT --notrack");
    expect(sayUntold(outlookOf(partly, partly, manifest))).toBeUndefined();
  });

  test("escapes of others reach no terminal", () => {
    const now = chainWith("filter", "FORWARD", '-i eth2 -m comment --comment "\u001b[2J" -j DROP');
    expect(said(now).join("")).not.toContain("\u001b");
  });
});

describe("a change", () => {
  const markless: Snapshot = { ...healthy, rules: healthy.rules.filter(({ mark }) => mark !== 2) };

  test("brings back what is missing: told as mended, and nothing else", () => {
    const { mended, counts, ...rest } = outlookOf(markless, healthy, manifest);
    expect(counts!.after).toMatchObject({ no: 0, shut: 0 });
    expect(counts!.before.no).toBeGreaterThan(0);
    expect(parseCounts(`192.0.2.1: ${sayCounts({ counts })}`)).toEqual(counts);
    expect(kindOfSaid(`192.0.2.1: ${sayMended(mended[0]!)}`)).toBe("mended");
    expect(rest).toEqual({ lost: [], broken: [], untold: [] });
    expect(sayMended(mended[0]!)).toMatch(
      /^this change mends connections that now are lost: tcp 216\.111\.1\.11:1494 -> \S+, by wan_two and \d+ more; the answer leaves by eth1/,
    );
  });

  test("takes away what holds: what it breaks, with its packets, and no second telling", () => {
    const { lost, mended, broken } = outlookOf(healthy, markless, manifest);
    expect(broken.length).toBeGreaterThan(0);
    expect(broken[0]!.legs.length).toBeGreaterThan(1);
    expect(mended).toEqual([]);
    expect(lost).toEqual([]);
  });

  test("what was lost before it is not held against it", () => {
    const foreign = rulesWith("700:\tfrom 172.16.1.131 lookup main");
    const less = { ...foreign, addresses: foreign.addresses.filter(({ address }) => address !== "216.111.1.12") };
    const { broken, lost } = outlookOf(foreign, less, manifest);
    expect(broken).toEqual([]);
    expect(lost.map(({ line }) => line)).toContain("700: from 172.16.1.131 lookup main");
  });

  test("the first of a router claims nothing before it: what would be shut is said so", () => {
    const fresh = { ...chainWith("filter", "FORWARD", "", "DROP"), manifest: formatManifest(new Map()) };
    const outlook = outlookOf(fresh, { ...fresh }, manifest);
    expect(outlook.broken).toEqual([]);
    expect(outlook.lost.map(sayLost)).toEqual([expect.stringMatching(/^published services would be shut: /)]);
  });
});
