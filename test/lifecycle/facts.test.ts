import { expect, test } from "@jest/globals";
import { bootConfig } from "../../provider/kinds/boot-config.ts";
import { fwmarkRule } from "../../provider/kinds/fwmark-rule.ts";
import { wanLink } from "../../provider/kinds/wan-link.ts";
import { factsOf } from "../../provider/lifecycle/inputs.ts";

test("facts of a state are read by the names that the kind gives them", () => {
  const facts = { deviceAddresses: ["192.0.2.2"], noSuppress: ["kernel 3.2"] };
  expect(factsOf(wanLink, { facts })).toEqual(facts);
  expect(factsOf(bootConfig, { facts: { hooks: ["systemd", "ifupdown"] } })).toEqual({
    hooks: ["systemd", "ifupdown"],
  });
});

test("of states of other versions: none at all, a name that is not known, a value of another shape", () => {
  expect([{}, { facts: undefined }, { facts: 7 }].map((props) => factsOf(wanLink, props))).toEqual([{}, {}, {}]);
  expect(factsOf(wanLink, { facts: { there: ["192.0.2.2"], lease: ["1"] } })).toEqual({ there: ["192.0.2.2"] });
  expect(factsOf(wanLink, { facts: { there: "192.0.2.2", unknownSettings: ["src_valid_mark"] } })).toEqual({
    unknownSettings: ["src_valid_mark"],
  });
  expect(factsOf(bootConfig, { facts: { hooks: ["upstart"] } })).toEqual({});
  expect(factsOf(fwmarkRule, { facts: { there: ["192.0.2.2"] } })).toEqual({});
});
