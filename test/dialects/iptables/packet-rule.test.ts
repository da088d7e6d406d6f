import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { canonicalRule } from "../../../provider/dialects/iptables/canonical-rule.ts";
import { logicalLines } from "../../../provider/dialects/iptables/iptables-save.ts";
import { parseRule, readRule, ruleText } from "../../../provider/dialects/iptables/packet-rule.ts";
import { FULL_MASK } from "../../../provider/model/line.ts";
import { NotUnderstood } from "../../../provider/model/not-understood.ts";
import type { PacketRule } from "../../../provider/model/packet-rule.ts";
import { ruleArbitrary } from "../../campaigns/differential/arbitrary-rule.ts";
import { ourRule } from "../arbitrary.ts";
import { fixture } from "../fixture.ts";

/** As it is printed without the memory of how it was read. */
const printed = (rule: PacketRule) => ruleText({ ...rule });

/** Words that no parser has a value for, in any place, and spellings that are kept. */
const STRANGE: readonly string[] = [
  "-s host.example -j ACCEPT",
  "-s 10.0.0.0/255.0.255.0 ! -d 1.2.3.4 -j DROP",
  "-d 10.0.0.1,10.0.0.2 -j ACCEPT",
  "! -i + -j DROP",
  "-p tcp -m tcp --sport 1 -m tcp --dport 2 -j ACCEPT",
  "-p tcp -m tcp --dport http -j ACCEPT",
  "-p tcp -m tcp --dport 0080 -j ACCEPT",
  "-p tcp -m multiport --dports 5:5,80,1000:2000 -j ACCEPT",
  "-p tcp -m tcp --tcp-option 5 --tcp-flags SYN NONE -j ACCEPT",
  "-p tcp -m tcp -j ACCEPT",
  "-p icmp -m icmp --icmp-type 3/4 -j ACCEPT",
  "-m conntrack --ctstate NEW --ctstatus ASSURED ! --ctorigsrc 10.0.0.0/8 -j ACCEPT",
  "-m conntrack --ctstate SOMETHING -m conntrack --ctdir REPLY -j ACCEPT",
  "-m addrtype --dst-type LOCAL --limit-iface-in -j ACCEPT",
  "-m addrtype --src-type UNICAST -j ACCEPT",
  "-m iprange --src-range 10.0.0.1 -j ACCEPT",
  '-m string --string "a b" --algo bm -j DROP',
  '-m comment --comment "x -j DROP" -m limit --limit 5/sec -j LOG --log-prefix "a: " --log-level 6',
  "-m mark --mark 0x1/0xff -m mark ! --mark zwei -j RETURN",
  "-j DNAT --to-destination 10.0.0.1-10.0.0.9:80-90 --random",
  "-j DNAT --to-destination 10.0.0.1 --persistent",
  "-j SNAT --to-source host.example",
  "-j MASQUERADE --to-ports 1024-2048",
  "-p tcp -j REDIRECT --to-ports 8080",
  "-p tcp -j TPROXY --on-port 1 --on-ip 0.0.0.0 --tproxy-mark 0x1/0x1",
  "-j MARK --set-xmark zwei",
  "-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff --foo",
  "-j CT --notrack",
  "-j CT --zone 5",
  "-j TTL --ttl-set 1",
  "-j TCPMSS --clamp-mss-to-pmtu",
  "-j TCPMSS --set-mss 1400",
  "-j FLOWOFFLOAD --hw",
  "-j MYCHAIN --with option",
  "-g MYCHAIN --with option",
  "-j ACCEPT --with option",
  "-f -j DROP",
  "! -f",
];

const POOL = {
  addresses: ["10.0.0.1", "203.0.113.5"],
  networks: ["10.0.0.0/8", "203.0.113.5", "192.168.1.0/255.255.255.0", "0.0.0.0/0"],
};
const anyRule = fc
  .constantFrom("raw" as const, "mangle" as const, "nat" as const, "filter" as const)
  .chain((table) =>
    fc
      .constantFrom("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING", "")
      .chain((hook) => ruleArbitrary(table, hook, POOL, ["mw-a", "DOCKER"])),
  );

describe("a rule of iptables as a value", () => {
  const lines = ["foreign.save", "iptables-1.3.save"].flatMap((name) => logicalLines(fixture(name)));
  const recorded = lines.flatMap((line) => /^(?:\[\d+:\d+\] )?-A \S+ ([\s\S]*)$/.exec(line.trimEnd())?.[1] ?? []);

  test("is printed in the words of current iptables-save: what was recorded, and what nothing here knows", () => {
    expect(recorded.length).toBeGreaterThan(20);
    for (const text of [...recorded, ...STRANGE]) expect(printed(parseRule(text))).toBe(canonicalRule(text));
  });

  test("is printed in these words whatever it asks, and is the same rule when it is read again", () => {
    fc.assert(
      fc.property(fc.oneof(ourRule, anyRule), (text) => {
        const rule = parseRule(text);
        expect(printed(rule)).toBe(canonicalRule(text));
        expect(ruleText(rule)).toBe(canonicalRule(text));
        expect(parseRule(printed(rule))).toEqual(rule);
      }),
      { numRuns: 1000 },
    );
  });

  test("has a value for all that the rules of this package and those of the differential test ask and do", () => {
    fc.assert(
      fc.property(fc.oneof(ourRule, anyRule), (text) => {
        expect(JSON.stringify(parseRule(text))).not.toMatch(/"kind":"opaque"/);
      }),
    );
  });

  test("tells what it asks and does", () => {
    expect(
      parseRule("-p tcp -d 1.2.3.4 ! -i ppp+ --dport 80:90 -m mark --mark 0x1 -j DNAT --to 10.0.0.1:8080"),
    ).toEqual({
      family: "ip",
      matches: [
        { kind: "destination", negated: false, network: { address: "1.2.3.4", mask: FULL_MASK } },
        { kind: "inDevice", negated: true, device: { name: "ppp", isPrefix: true } },
        { kind: "protocol", negated: false, protocol: "tcp" },
        {
          kind: "module",
          module: "tcp",
          tests: [{ kind: "destinationPort", negated: false, ports: [{ first: 80, last: 90 }] }],
        },
        { kind: "module", module: "mark", tests: [{ kind: "mark", negated: false, mark: 1, mask: FULL_MASK }] },
      ],
      target: { kind: "dnat", address: "10.0.0.1", port: 8080 },
    });
  });

  test("keeps what no parser knows in its own words, by name", () => {
    expect(parseRule("-m conntrack --ctstatus ASSURED -m ttl --ttl-eq 1 -j TPROXY --on-port 1")).toEqual({
      family: "ip",
      matches: [
        {
          kind: "module",
          module: "conntrack",
          tests: [
            {
              ...{ kind: "opaque", negated: false, dialect: "iptables" },
              ...{ name: "-m conntrack --ctstatus", text: "--ctstatus ASSURED" },
            },
          ],
        },
        { kind: "opaque", negated: false, dialect: "iptables", name: "-m ttl", text: "-m ttl --ttl-eq 1" },
      ],
      target: { kind: "opaque", words: { dialect: "iptables", name: "TPROXY", text: "-j TPROXY --on-port 1" } },
    });
  });

  test("that is not understood is kept as it came, with what can be told of it", () => {
    const text = "-s 10.0.0.0/8 -m foo [unsupported revision] -j MARK --set-xmark 0x1/0xff";
    expect(() => parseRule(text)).toThrow(NotUnderstood);
    expect(readRule(text)).toEqual({
      family: "ip",
      matches: [{ kind: "source", negated: false, network: { address: "10.0.0.0", mask: 0xff000000 } }],
      target: { kind: "setMark", value: 1, mask: 0xff },
      opaque: { dialect: "iptables", name: "it", text },
    });
    expect(ruleText(readRule(text))).toBe(text);
  });
});
