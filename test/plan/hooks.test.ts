import { describe, expect, test } from "@jest/globals";
import { givenBack } from "../../provider/plan/hooks.ts";

const EXEMPT = "-d 10.8.0.0/16 -j ACCEPT";
const OTHER = "-s 10.7.0.0/16 -j MASQUERADE";
const NEW = "-s 10.66.0.0/16 -j ACCEPT";
const one = { rule: "-o eth1 -j MASQUERADE", position: 1, neighbours: { behind: EXEMPT } };
const two = { rule: "-o eth2 -j MASQUERADE", position: 3, neighbours: { before: EXEMPT, behind: OTHER } };
const asFound = [one.rule, EXEMPT, two.rule, OTHER];

describe("an adopted rule comes back", () => {
  test("to its place", () => expect(givenBack([EXEMPT, OTHER], [two, one])).toEqual(asFound));

  test("next to its neighbours, whatever has come in front of them", () => {
    expect(givenBack([NEW, EXEMPT, OTHER], [one, two])).toEqual([NEW, ...asFound]);
    expect(givenBack(["-j mw-a-dnat", NEW, EXEMPT, OTHER], [one, two])).toEqual(["-j mw-a-dnat", NEW, ...asFound]);
  });

  test("behind the one that it stood behind, where the one behind it is gone, with its like in their order", () => {
    const three = { ...two, rule: "-o eth3 -j MASQUERADE", position: 4 };
    expect(givenBack([NEW, EXEMPT, "-j LOG"], [three, two])).toEqual([NEW, EXEMPT, two.rule, three.rule, "-j LOG"]);
  });

  test("by its number where neither is there, and behind all where the chain is shorter", () => {
    expect(givenBack([NEW, "-j LOG"], [one])).toEqual([one.rule, NEW, "-j LOG"]);
    expect(givenBack([NEW], [two])).toEqual([NEW, two.rule]);
    expect(givenBack([NEW], [{ rule: "-j X" }])).toEqual([NEW, "-j X"]);
  });

  test("before the nearest of equal neighbours", () => {
    const last = { rule: "-j A", position: 5, neighbours: { behind: "-j LOG" } };
    expect(givenBack(["-j LOG", "-j B", "-j C", "-j D", "-j LOG"], [last])).toEqual([
      "-j LOG",
      "-j B",
      "-j C",
      "-j D",
      "-j A",
      "-j LOG",
    ]);
  });
});
