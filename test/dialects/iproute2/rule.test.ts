import { describe, expect, test } from "@jest/globals";
import { formatRule, parseRules } from "../../../provider/dialects/iproute2/rule.ts";
import { NotUnderstood } from "../../../provider/model/not-understood.ts";
import { fixture, NAMES } from "../fixture.ts";

const shown = (text: string) => parseRules(text, NAMES).map((rule) => formatRule(rule, NAMES));

describe("rules", () => {
  test("of current iproute2 are shown as they were printed, but for blanks and passing flags", () => {
    const printed = fixture("iproute2-6.1-rules.txt").trimEnd().split("\n");
    const expected = printed.map((line) => line.replace("\t", " ").replace(/ \[(detached|unresolved)\]/, ""));
    expect(shown(fixture("iproute2-6.1-rules.txt"))).toEqual(expected);
  });

  test("that are ours are read alike from iproute2 and busybox", () => {
    const ours = (name: string) => parseRules(fixture(name), NAMES).filter((rule) => rule.rest === undefined);
    const busybox = ours("busybox-1.35-rules.txt");
    const plain = [0, 1024, 1025, 1030, 1031, 32766, 32767];
    expect(ours("iproute2-6.1-rules.txt").map((rule) => rule.priority)).toEqual(plain);
    expect(busybox.filter((rule) => plain.includes(rule.priority))).toEqual(ours("iproute2-6.1-rules.txt"));
  });

  test("of busybox have their actions back", () => {
    const actions = parseRules(fixture("busybox-1.35-rules.txt"), NAMES).filter((rule) => rule.table === undefined);
    expect(actions.map((rule) => `${rule.priority} ${rule.rest}`)).toEqual([
      "1042 unreachable",
      "1044 goto ?",
      "1045 nop",
      "1050 goto ?",
      "1054 lookup unspec",
    ]);
  });

  test("of old iproute2 have trailing blanks, marks without 0x and tables by number", () => {
    expect(shown(fixture("iproute2-2.4-rules.txt"))).toEqual([
      "0: from all lookup local",
      "1024: from all fwmark 0x1 lookup wan_one",
      "1025: from all fwmark 0x1f lookup wan_two",
      "1030: from 172.16.1.131 lookup wan_one",
      "1031: from 172.16.1.0/24 iif eth0 lookup wan_two",
      "1032: from all to 10.0.0.0/8 lookup main",
      "1040: from 1.2.3.4 lookup wan_one map-to 5.6.7.8",
      "32766: from all lookup main",
      "32767: from all lookup default",
    ]);
    expect(shown(fixture("iproute2-2.6-rules.txt"))).toEqual([
      "0: from all lookup local",
      "1024: from all fwmark 0x1 lookup wan_one",
      "1025: from all fwmark 0x2/0xff lookup wan_two",
      "1041: from all iif eth5 lookup 200",
      "32766: from all lookup main",
      "32767: from all lookup default",
    ]);
  });

  test("have no selector that selects everything, and no full mask", () => {
    const [rule] = parseRules("7:\tfrom 0.0.0.0/0 to 0.0.0.0/0 fwmark 0x1/0xffffffff lookup 1\n", NAMES);
    expect(rule).toEqual({ kind: "rule", priority: 7, from: "all", mark: 1, table: 1 });
  });

  test("with the table unspec look nothing up, though rt_tables names it", () => {
    expect(parseRules("7:\tfrom all lookup unspec \n", new Map([[0, "unspec"]]))[0]).toEqual({
      kind: "rule",
      priority: 7,
      from: "all",
      rest: "lookup unspec",
    });
  });

  test("with a table that has no one id keep its name in rest", () => {
    expect(parseRules("7:\tfrom all lookup nobody\n", NAMES)).toEqual([
      { kind: "rule", priority: 7, from: "all", rest: "lookup nobody" },
    ]);
  });

  test.each(["Usage: ip rule", "7:\tfrom all lookup", "7:\tfrom all fwmark zz lookup 1", "7:\tfrom 1.2.3 lookup 1"])(
    "that are no rules are refused: %s",
    (text) => {
      expect(() => parseRules(text, NAMES)).toThrow(NotUnderstood);
    },
  );
});

describe("rules that nobody knows", () => {
  const kept = (text: string) => {
    const unknown: string[] = [];
    const rules = parseRules(text, NAMES, (by, line) => void unknown.push(`${by}: ${line}`));
    return { rules: rules.map((rule) => formatRule(rule, NAMES)), unknown };
  };

  test("a realm that busybox prints without its word is known", () => {
    expect(kept("620:\tfrom 10.88.0.0/16 lookup 77 5 \n621:\tfrom all lookup 77 realms 1/2\n")).toEqual({
      rules: ["620: from 10.88.0.0/16 lookup 77 realms 5", "621: from all lookup 77 realms 1/2"],
      unknown: [],
    });
  });

  test("stay in their place with their words", () => {
    expect(kept("0:\tfrom all lookup local\n700:\tfrom all  lookup 77 frob\n32766:\tfrom all lookup main\n")).toEqual({
      rules: ["0: from all lookup local", "700: from all  lookup 77 frob", "32766: from all lookup main"],
      unknown: ["ip rule: 700:\tfrom all  lookup 77 frob"],
    });
    expect(kept("700: from 10.1.2.300 lookup 77\n").unknown).toHaveLength(1);
  });

  test("without a priority are no rules at all", () => {
    expect(() => kept("gar\u0001bage %s @@\n")).toThrow(NotUnderstood);
  });
});
