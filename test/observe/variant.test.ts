/** Which of the two variants of iptables a router is read by. */

import { expect, test } from "@jest/globals";
import { ruleText } from "../../provider/dialects/iptables/packet-rule.ts";
import { inKernel, read, why } from "./reading.ts";

inKernel(`the variant of iptables${why}`, () => {
  const rule = (variant: string) => `iptables-${variant} -t nat -A POSTROUTING -j MASQUERADE`;
  /** Makes plain `iptables` the given variant, as update-alternatives does. */
  const plain = (variant: string) =>
    `mkdir /run/bin; for s in '' -save -restore; do ln -s $(command -v iptables-${variant}$s) /run/bin/iptables$s; done; PATH=/run/bin:$PATH; export PATH`;
  const chosen = (setup: string) => {
    const { capabilities, iptables } = read(setup);
    const { variant, command, bothVariants } = capabilities.iptables;
    return { variant, command, bothVariants, rules: iptables.nat?.chains.get("POSTROUTING")?.rules.map(ruleText) };
  };

  test.each(["legacy", "nft"])("is that of plain iptables where no variant holds rules: %s", (variant) => {
    expect(chosen(plain(variant))).toMatchObject({ variant, command: "iptables", bothVariants: undefined });
  });

  test.each([
    ["legacy", "nft"],
    ["nft", "legacy"],
  ])("is that of plain iptables where it holds the rules: %s", (variant, other) => {
    const looked = `iptables-${other} -t nat -S >/dev/null 2>&1`;
    const expected = { variant, command: "iptables", bothVariants: undefined, rules: ["-j MASQUERADE"] };
    expect(chosen(`${plain(variant)}; ${rule(variant)}; ${looked}`)).toEqual(expected);
  });

  test.each([
    ["legacy", "nft"],
    ["nft", "legacy"],
  ])("is the other one where that alone holds rules: plain is %s, rules are in %s", (variant, other) => {
    const expected = {
      variant: other,
      command: `iptables-${other}`,
      bothVariants: undefined,
      rules: ["-j MASQUERADE"],
    };
    expect(chosen(`${plain(variant)}; ${rule(other)}`)).toEqual(expected);
  });

  test("is that of plain iptables where both hold rules, which is told", () => {
    expect(chosen(`${plain("legacy")}; ${rule("legacy")}; ${rule("nft")}`)).toMatchObject({
      variant: "legacy",
      bothVariants: true,
    });
    expect(chosen(`${plain("nft")}; ${rule("legacy")}; ${rule("nft")}`)).toMatchObject({
      variant: "nft",
      bothVariants: true,
    });
  });

  test("is told to be both where legacy holds tables that no command here can read", () => {
    const hidden = `${plain("nft")}; ${rule("legacy")}; mount --bind /dev/null $(command -v iptables-legacy-save)`;
    expect(chosen(hidden)).toMatchObject({ variant: "nft", bothVariants: true });
  });

  test.each(["legacy", "nft"])("brings the rules of all its tables: %s", (variant) => {
    const tables = ["raw", "mangle", "nat", "filter"];
    const setup = tables.map((table) => `iptables -t ${table} -A OUTPUT -j ACCEPT`).join("; ");
    expect(Object.keys(read(`${plain(variant)}; ${setup}`).iptables).sort()).toEqual(tables.sort());
  });

  test("of this version knows -w", () => {
    expect(read("").capabilities.iptables).toMatchObject({
      wait: true,
      version: expect.stringMatching(/^1\.\d+\.\d+$/),
    });
  });
});
