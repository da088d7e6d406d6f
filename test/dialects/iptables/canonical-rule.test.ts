import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { canonicalRule } from "../../../provider/dialects/iptables/canonical-rule.ts";
import { commandRule } from "../../../provider/dialects/iptables/command-rule.ts";
import { parseRule } from "../../../provider/dialects/iptables/packet-rule.ts";
import { NotUnderstood } from "../../../provider/model/not-understood.ts";
import { ourRule } from "../arbitrary.ts";

/** What a person or an old version writes, and what current iptables-save prints for it. */
const SPELLINGS: readonly (readonly [given: string, canonical: string])[] = [
  ["-s 172.16.1.131 -j RETURN", "-s 172.16.1.131/32 -j RETURN"],
  ["-s 10.0.0.5/255.0.0.0 -j RETURN", "-s 10.0.0.0/8 -j RETURN"],
  ["-s 10.0.0.0/255.0.255.0 -j RETURN", "-s 10.0.0.0/255.0.255.0 -j RETURN"],
  ["-s 0/0 -d 0.0.0.0/0 -i + -p all -j RETURN", "-j RETURN"],
  ["-p tcp --source 1.2.3.4 --in-interface eth1 -j RETURN", "-s 1.2.3.4/32 -i eth1 -p tcp -j RETURN"],
  ["-s ! 10.0.0.1 -o ! eth0 -j RETURN", "! -s 10.0.0.1/32 ! -o eth0 -j RETURN"],
  ["-p 6 -j RETURN", "-p tcp -j RETURN"],
  ["-p 47 -j RETURN", "-p 47 -j RETURN"],
  ["-p gre -j RETURN", "-p gre -j RETURN"],
  ["-j MARK --set-mark 1", "-j MARK --set-xmark 0x1/0xffffffff"],
  ["-j MARK --set-mark 0xf3/0x0f", "-j MARK --set-xmark 0xf3/0xff"],
  ["-j MARK --and-mark 0xff", "-j MARK --set-xmark 0x0/0xffffff00"],
  ["-j MARK --or-mark 0xff", "-j MARK --set-xmark 0xff/0xff"],
  ["-j MARK --xor-mark 0xff", "-j MARK --set-xmark 0xff/0x0"],
  ["-j CONNMARK --set-mark 0x1000000/0x0f000000", "-j CONNMARK --set-xmark 0x1000000/0xf000000"],
  ["-j CONNMARK --restore-mark", "-j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff"],
  ["-j CONNMARK --save-mark --mask 0xff", "-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff"],
  ["-j CONNMARK --restore-mark --ctmask 15 --nfmask 0xf0", "-j CONNMARK --restore-mark --nfmask 0xf0 --ctmask 0xf"],
  ["-m mark --mark 1 -j ACCEPT", "-m mark --mark 0x1 -j ACCEPT"],
  ["-m mark ! --mark 0/0xffffffff -j ACCEPT", "-m mark ! --mark 0x0 -j ACCEPT"],
  ["-m connmark --mark ! 010/0x0ff -j ACCEPT", "-m connmark ! --mark 0x8/0xff -j ACCEPT"],
  ["-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT", "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"],
  ["-m state --state ESTABLISHED,RELATED,NEW -j ACCEPT", "-m state --state NEW,RELATED,ESTABLISHED -j ACCEPT"],
  [
    "-m conntrack --ctorigdst 1.2.3.4/32 --ctproto tcp --ctstate DNAT -j A",
    "-m conntrack --ctstate DNAT --ctproto 6 --ctorigdst 1.2.3.4 -j A",
  ],
  ["-p tcp --dport 80 -j RETURN", "-p tcp -m tcp --dport 80 -j RETURN"],
  [
    "-p tcp -m comment --comment x --dport :1023 -j RETURN",
    "-p tcp -m comment --comment x -m tcp --dport 0:1023 -j RETURN",
  ],
  ["-p udp --destination-port 22:22 -j RETURN", "-p udp -m udp --dport 22 -j RETURN"],
  ["-p tcp --syn -j RETURN", "-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j RETURN"],
  ["-p tcp -m tcp ! --tcp-flags RST,SYN ALL -j A", "-p tcp -m tcp ! --tcp-flags SYN,RST FIN,SYN,RST,PSH,ACK,URG -j A"],
  ["-p icmp --icmp-type echo-request -j RETURN", "-p icmp -m icmp --icmp-type 8 -j RETURN"],
  [
    "-d 1.2.3.4 -p tcp --dport 80 -j DNAT --to 172.16.1.1:8080",
    "-d 1.2.3.4/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 172.16.1.1:8080",
  ],
  ["-o eth1 -j SNAT --to 1.2.3.4", "-o eth1 -j SNAT --to-source 1.2.3.4"],
  ['-m comment --comment "plain" -j A', "-m comment --comment plain -j A"],
  ["-m comment --comment mw:site -j A", '-m comment --comment "mw:site" -j A'],
  ['-m comment --comment "it\'s \\"x\\"" -j A', '-m comment --comment "it\\\'s \\"x\\"" -j A'],
  ['-m comment --comment "-j DROP" -j A', '-m comment --comment "-j DROP" -j A'],
  ["-j REJECT", "-j REJECT --reject-with icmp-port-unreachable"],
  ["-c 12 3400 -j RETURN", "-j RETURN"],
  ["! -i eth1 --goto mw-set", "! -i eth1 -g mw-set"],
  ["", ""],
];

describe("the canonical words of a rule", () => {
  test.each(SPELLINGS)("%s", (given, canonical) => {
    expect(canonicalRule(given)).toBe(canonical);
  });

  test("are canonical words themselves", () => {
    for (const [, canonical] of SPELLINGS) expect(canonicalRule(canonical)).toBe(canonical);
    fc.assert(fc.property(ourRule, (rule) => canonicalRule(rule) === rule));
  });

  test("keep what is not known, in its order", () => {
    const rule = '-m set --match-set a src,dst -m bpf --bytecode "4,48 0 0" -j XYZZY --frob 1 --nicate';
    expect(canonicalRule(rule)).toBe(rule);
  });

  test("do not mix up rules that differ", () => {
    const rules = [
      "-j MARK --set-mark 1",
      "-j CONNMARK --set-mark 1",
      "-j MARK --set-mark 1/0xff",
      "-m mark --mark 1 -j A",
    ];
    rules.push(
      "-m mark ! --mark 1 -j A",
      "-m connmark --mark 1 -j A",
      "-j A",
      "-g A",
      "-p tcp -j A",
      "-p tcp -m tcp -j A",
    );
    rules.push("-m mark --mark 1/0xff -j A", "-i eth1 -j A", "! -i eth1 -j A", "-o eth1 -j A");
    expect(new Set(rules.map(canonicalRule)).size).toBe(rules.length);
  });

  test.each(['-m comment --comment "open', "-j", "RETURN", "-j A -j B", "--dport 80 -j A", "-s 1.2.3.4 !"])(
    "are refused for what is no rule: %s",
    (rule) => {
      expect(() => canonicalRule(rule)).toThrow(NotUnderstood);
    },
  );
});

describe("the words of a command", () => {
  const caps = (version: string) =>
    ({ iptables: { variant: "legacy", version, command: "iptables", wait: true } }) as const;

  test("mean the same as the canonical ones", () => {
    fc.assert(
      fc.property(
        ourRule,
        fc.constantFrom("1.3.6", "1.4.2", "1.8.9"),
        (rule, version) => canonicalRule(commandRule(parseRule(rule), caps(version))) === rule,
      ),
    );
  });

  test.each([
    ["-j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff", "-j CONNMARK --restore-mark"],
    ["-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff", "-j CONNMARK --save-mark --mask 0xff"],
    ["-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xf", "-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xf"],
    ["-j CONNMARK --set-xmark 0x1/0xff", "-j CONNMARK --set-mark 0x1/0xff"],
    ["-j MARK --set-xmark 0x1/0xffffffff", "-j MARK --set-mark 0x1"],
    ["-j MARK --set-xmark 0x1000000/0xf000000", "-j MARK --set-mark 0x1000000/0xf000000"],
    ["-j MARK --set-xmark 0xff/0x0", "-j MARK --set-xmark 0xff/0x0"],
  ])("are those of old versions: %s", (canonical, command) => {
    expect(commandRule(parseRule(canonical), caps("1.4.2"))).toBe(command);
  });

  test("set some bits before 1.4.0, whose MARK has no mask, where or and and can say it", () => {
    expect(commandRule(parseRule("-j MARK --set-xmark 0xf/0xf"), caps("1.3.6"))).toBe("-j MARK --or-mark 0xf");
    expect(commandRule(parseRule("-j MARK --set-xmark 0x0/0xf"), caps("1.3.6"))).toBe("-j MARK --and-mark 0xfffffff0");
  });
});
