import { describe, expect, test } from "@jest/globals";
import { parseRule, ruleText } from "../../provider/dialects/iptables/packet-rule.ts";
import { givenBack } from "../../provider/plan/hooks.ts";

const EXEMPT = "-d 10.8.0.0/16 -j ACCEPT";
const OTHER = "-s 10.7.0.0/16 -j MASQUERADE";
const NEW = "-s 10.66.0.0/16 -j ACCEPT";
const hook = (rule: string, position?: number, before?: string, behind?: string) => ({
  rule: parseRule(rule),
  ...(position !== undefined && { position }),
  neighbours: {
    ...(before !== undefined && { before: parseRule(before) }),
    ...(behind !== undefined && { behind: parseRule(behind) }),
  },
});
const ONE = "-o eth1 -j MASQUERADE";
const TWO = "-o eth2 -j MASQUERADE";
const one = hook(ONE, 1, undefined, EXEMPT);
const two = hook(TWO, 3, EXEMPT, OTHER);
const asFound = [ONE, EXEMPT, TWO, OTHER];
const back = (rules: readonly string[], hooks: Parameters<typeof givenBack>[1]) =>
  givenBack(rules.map(parseRule), hooks).map(ruleText);

describe("an adopted rule comes back", () => {
  test("to its place", () => expect(back([EXEMPT, OTHER], [two, one])).toEqual(asFound));

  test("next to its neighbours, whatever has come in front of them", () => {
    expect(back([NEW, EXEMPT, OTHER], [one, two])).toEqual([NEW, ...asFound]);
    expect(back(["-j mw-a-dnat", NEW, EXEMPT, OTHER], [one, two])).toEqual(["-j mw-a-dnat", NEW, ...asFound]);
  });

  test("behind the one that it stood behind, where the one behind it is gone, with its like in their order", () => {
    const three = hook("-o eth3 -j MASQUERADE", 4, EXEMPT, OTHER);
    expect(back([NEW, EXEMPT, "-j LOG"], [three, two])).toEqual([
      ...[NEW, EXEMPT, TWO, "-o eth3 -j MASQUERADE", "-j LOG"],
    ]);
  });

  test("by its number where neither is there, and behind all where the chain is shorter", () => {
    expect(back([NEW, "-j LOG"], [one])).toEqual([ONE, NEW, "-j LOG"]);
    expect(back([NEW], [two])).toEqual([NEW, TWO]);
    expect(back([NEW], [hook("-j X")])).toEqual([NEW, "-j X"]);
  });

  test("before the nearest of equal neighbours", () => {
    const last = hook("-j A", 5, undefined, "-j LOG");
    const rules = ["-j LOG", "-j B", "-j C", "-j D", "-j LOG"];
    expect(back(rules, [last])).toEqual(["-j LOG", "-j B", "-j C", "-j D", "-j A", "-j LOG"]);
  });
});
