import { describe, expect, test } from "@jest/globals";
import { commandRule } from "../../../provider/dialects/iptables/command-rule.ts";
import { parseIptablesSave } from "../../../provider/dialects/iptables/iptables-save.ts";
import { parseRule, ruleText } from "../../../provider/dialects/iptables/packet-rule.ts";
import { NotUnderstood } from "../../../provider/model/not-understood.ts";
import { fixture } from "../fixture.ts";
import { inNamespace, noNamespaces } from "../netns.ts";

const rulesOf = (text: string, table: "mangle" | "nat" | "filter" | "raw", chain: string) =>
  parseIptablesSave(text)[table]?.chains.get(chain)?.rules.map(ruleText);

describe("iptables-save of 1.3", () => {
  const text = fixture("iptables-1.3.save");

  test("has the six rules in canonical words", () => {
    expect(rulesOf(text, "mangle", "PREROUTING")).toEqual([
      "-j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff",
      "-m mark --mark 0x1 -j ACCEPT",
      "-i eth1 -j MARK --set-xmark 0x1/0xffffffff",
      "-m mark --mark 0x2 -j ACCEPT",
      "-i eth2 -j MARK --set-xmark 0x2/0xffffffff",
      "-j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff",
    ]);
  });

  test("has dotted masks, and negations behind the option, in canonical words; -m state as it is", () => {
    expect(rulesOf(text, "nat", "PREROUTING")?.[1]).toBe(
      "! -s 10.15.128.0/18 -p tcp -m tcp --dport 80 -j DNAT --to-destination 172.16.1.130:8080",
    );
    expect(rulesOf(text, "nat", "POSTROUTING")?.[1]).toBe("-s 172.16.1.0/24 ! -o eth0 -j MASQUERADE");
    expect(rulesOf(text, "filter", "INPUT")?.[1]).toBe(
      "-p tcp -m tcp -m multiport --dports 22,80,443 -m state --state NEW -j ACCEPT",
    );
  });

  test("has the policies of built-in chains, and - for others", () => {
    const chains = parseIptablesSave(text).filter?.chains;
    expect([chains?.get("INPUT")?.policy, chains?.get("drop-and-log-it")?.policy]).toEqual(["DROP", "-"]);
  });
});

describe("rules of others", () => {
  const text = fixture("foreign.save");

  test("are all kept, without their counters", () => {
    expect(rulesOf(text, "mangle", "mwan3_iface_in_wan")).toEqual([
      "-i eth1 -m set --match-set mwan3_connected_v4 src -m mark --mark 0x0/0x3f00 -m comment --comment default -j MARK --set-xmark 0x3f00/0x3f00",
      '-i eth1 -m mark --mark 0x0/0x3f00 -m comment --comment "it\\\'s \\"wan\\" \\\\ 1" -j MARK --set-xmark 0x100/0x3f00',
    ]);
    expect(rulesOf(text, "filter", "ts-input")).toHaveLength(6);
    expect(rulesOf(text, "filter", "ts-input")?.[1]).toBe("-s 100.64.0.0/10 ! -i tailscale0 -j DROP");
    expect(rulesOf(text, "filter", "DOCKER-USER")?.[1]).toBe("");
  });

  test("with a newline in a comment are one rule", () => {
    expect(rulesOf(text, "filter", "ts-input")?.[4]).toBe('-m comment --comment "two\nlines" -j ACCEPT');
  });

  test("cannot make a rule out of a comment", () => {
    const forged =
      '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -m comment --comment "x\n-A INPUT -j DROP\n" -j ACCEPT\nCOMMIT\n';
    expect(rulesOf(forged, "filter", "INPUT")).toHaveLength(1);
  });

  test("in a table that we never use are passed over", () => {
    expect(Object.keys(parseIptablesSave(text))).toEqual(["mangle", "filter"]);
  });
});

describe("what is no iptables-save output is refused:", () => {
  test.each([
    ["an error message", "iptables-save: command not found\n"],
    ["a table without its end", "*nat\n:PREROUTING ACCEPT [0:0]\n"],
    ["a rule in a chain that is not there", "*nat\n-A NOWHERE -j RETURN\nCOMMIT\n"],
    ["a command of another kind", "*nat\n-I PREROUTING -j RETURN\nCOMMIT\n"],
    ["a rule outside of tables", "-A PREROUTING -j RETURN\n"],
    ["a quote that does not end", '*nat\n:A - [0:0]\n-A A -m comment --comment "x\nCOMMIT\n'],
  ])("%s", (_what, text) => {
    expect(() => parseIptablesSave(text)).toThrow(NotUnderstood);
  });

  test("while no output at all is no tables", () => {
    expect(parseIptablesSave("")).toEqual({});
  });
});

/** Every rule that we write, in canonical words. */
const OURS = {
  mangle: [
    "-j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff",
    "-m mark --mark 0x1 -j ACCEPT",
    "-i eth1 -j MARK --set-xmark 0x1/0xffffffff",
    "-j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff",
    "-j CONNMARK --restore-mark --nfmask 0xf000000 --ctmask 0xf000000",
    "-m mark --mark 0x1000000/0xf000000 -j RETURN",
    "-i eth1 -j MARK --set-xmark 0x1000000/0xf000000",
    "-j CONNMARK --save-mark --nfmask 0xf000000 --ctmask 0xf000000",
    "-m mark ! --mark 0x0 -j RETURN",
    "-i eth1 -m connmark --mark 0x0/0xf000000 -j CONNMARK --set-xmark 0x1000000/0xf000000",
    "-m connmark --mark 0x2 -j RETURN",
    "! -i eth1 -g mw-two",
    '-m comment --comment "mw:site" -j RETURN',
    "-m comment --comment plain -j RETURN",
  ],
  nat: [
    "-d 123.234.1.11/32 -p tcp -m tcp --dport 1494 -j DNAT --to-destination 172.16.1.131",
    "-d 123.234.1.11/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 172.16.1.131:8080",
    "-d 123.234.1.11/32 -p udp -m udp --dport 5000:5010 -j DNAT --to-destination 172.16.1.131",
    "-d 123.234.1.11/32 -p udp -m udp --dport 5000:5010 -j DNAT --to-destination 172.16.1.131:5000-5010",
    "-d 123.234.0.0/16 -j mw-two",
    "-p tcp -m tcp --dport 0:4095 -j mw-two",
  ],
  filter: [
    "-d 172.16.1.131/32 -p tcp -m tcp --dport 1494 -m conntrack --ctstate DNAT -j ACCEPT",
    "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    "-m conntrack --ctstate DNAT --ctorigdst 123.234.1.11 -j ACCEPT",
  ],
} as const;
const POSTROUTING = [
  "-s 172.16.1.131/32 -o eth1 -j SNAT --to-source 123.234.1.11",
  "-s 172.16.1.0/24 -d 172.16.1.131/32 -o eth0 -m conntrack --ctstate DNAT -j SNAT --to-source 172.16.1.1",
  "-o eth1 -j MASQUERADE",
];

(noNamespaces === undefined ? describe : describe.skip)(
  `in a real kernel${noNamespaces ? ` (${noNamespaces})` : ""}`,
  () => {
    const load = (variant: string, spell: (rule: string) => string) => {
      const tables = Object.entries(OURS).map(([table, rules]) =>
        [
          `*${table}`,
          ":mw-one - [0:0]",
          ":mw-two - [0:0]",
          ...rules.map((rule) => `-A mw-one ${spell(rule)}`),
          ...(table === "nat" ? POSTROUTING.map((rule) => `-A POSTROUTING ${spell(rule)}`) : []),
          "COMMIT",
        ].join("\n"),
      );
      return inNamespace(`iptables-${variant}-restore && iptables-${variant}-save`, `${tables.join("\n")}\n`);
    };

    test.each(["legacy", "nft"])("%s prints our rules in the canonical words, sent either way", (variant) => {
      const capability = {
        iptables: { variant: "legacy", version: "1.4.2", command: "iptables", wait: true },
      } as const;
      for (const spell of [(rule: string) => rule, (rule: string) => commandRule(parseRule(rule), capability)]) {
        const output = load(variant, spell);
        for (const [table, rules] of Object.entries(OURS)) {
          for (const rule of rules) expect(output).toContain(`-A mw-one ${rule}\n`);
          expect(rulesOf(output, table as keyof typeof OURS, "mw-one")).toEqual(rules);
        }
        expect(rulesOf(output, "nat", "POSTROUTING")).toEqual(POSTROUTING);
      }
    });
  },
);

test("a rule that nobody knows keeps its place, and is written back as it was printed; what is no rule is nothing to go by", () => {
  const unknown: string[] = [];
  const keep = (by: string, text: string) => void unknown.push(`${by}: ${text}`);
  const text = (line: string) =>
    `*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j ACCEPT\n${line}\n-A INPUT -j DROP\nCOMMIT\n`;
  const capability = { iptables: { variant: "nft", version: "1.8.9", command: "iptables", wait: true } } as const;
  const rules = parseIptablesSave(text("-A INPUT frob -j ACCEPT -g x"), keep).filter?.chains.get("INPUT")?.rules;
  expect(rules?.map(ruleText)).toEqual(["-j ACCEPT", "frob -j ACCEPT -g x", "-j DROP"]);
  expect(unknown).toEqual(["iptables-save: -A INPUT frob -j ACCEPT -g x"]);
  expect(commandRule(rules![1]!, capability)).toBe(ruleText(rules![1]!));
  expect(() => parseIptablesSave(text("gar\u0001bage"), keep)).toThrow(NotUnderstood);
  expect(() => parseIptablesSave("*filter\n:INPUT ACCEPT [0:0]\n", keep)).toThrow(NotUnderstood);
});
