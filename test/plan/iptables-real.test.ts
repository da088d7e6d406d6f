import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { iptablesSteps } from "../../provider/plan/iptables-steps.ts";
import type { Owned } from "../../provider/plan/settle.ts";
import type { Step } from "../../provider/plan/step.ts";
import { testingAll } from "../variants.ts";
import { difference, foreignSave, type Program, program } from "./changes.ts";
import { cannot, newNamespace } from "./namespace.ts";
import { restored, routerWith, sorted } from "./tables-model.ts";

const real = cannot ? describe.skip : describe;

real.each(["legacy", "nft"] as const)(`iptables %s for real${cannot ? ` (${cannot})` : ""}`, (variant) => {
  const tool = `iptables-${variant}`;

  test("a sequence of programs: the dry run passes, the result is the model's, the undo brings back the same text", () => {
    const samples = fc.sample(fc.tuple(foreignSave, fc.array(program, { minLength: 3, maxLength: 3 })), {
      ...{ numRuns: testingAll ? 8 : 3, seed: 7 },
    });
    let restores = 0;
    const dir = mkdtempSync(join(tmpdir(), "plan-test-"));
    for (const [start, programs] of samples) {
      using namespace = newNamespace(variant);
      const save = () =>
        namespace
          .run([`${tool}-save`])
          .replace(/^#.*\n/gm, "")
          .replace(/\[\d+:\d+\]/g, "[0:0]");
      const restore = (text: string, ...more: string[]) =>
        namespace.run([`${tool}-restore`, "--noflush", ...more], text);
      restore(start);
      const atFirst = save();
      let before: Program = new Map();
      for (const after of [...programs, new Map()]) {
        const was = save();
        const { put, drop } = difference(before, after);
        const steps = iptablesSteps(routerWith(was, variant), put, drop);
        const apply = () => {
          for (const { files } of steps) restore(Object.values(files!)[0]!);
        };
        const model = steps.reduce((text, { files }) => restored(text, Object.values(files!)[0]!), was);
        for (const { files } of steps) restore(Object.values(files!)[0]!, "--test");
        expect(save()).toBe(was);
        apply();
        expect(sorted(save())).toBe(sorted(model));
        // In its own words, and twice: whoever takes back may be killed in the middle, and followed by another.
        for (const { undo, files } of [...steps.toReversed(), ...steps.toReversed()]) {
          for (const [name, text] of Object.entries(files!)) writeFileSync(join(dir, name), text);
          namespace.run(["sh", "-c", `T=${dir}; ${undo} || :`]);
        }
        expect(sorted(save())).toBe(sorted(was));
        apply();
        restores += steps.length * 4;
        before = after;
      }
      expect(sorted(save())).toBe(sorted(atFirst));
    }
    rmSync(dir, { recursive: true });
    console.log(`${tool}: ${restores} restores`);
  });

  test("the way back ends also where somebody has emptied the built-in chains meanwhile", () => {
    using namespace = newNamespace(variant);
    const put = (["mangle", "nat"] as const).flatMap((table): Owned[] => {
      const own = { owner: "p/s/ServerMap/a" };
      return [
        { ...own, line: { kind: "chain", table, chain: "mw-a", rules: ["-i eth1 -j RETURN"] } },
        { ...own, line: { kind: "hook", table, chain: "PREROUTING", rule: "-j mw-a" } },
      ];
    });
    const dir = mkdtempSync(join(tmpdir(), "plan-test-"));
    for (const { run, undo, files } of iptablesSteps(routerWith("", variant), put, [])) {
      for (const [name, text] of Object.entries(files!)) writeFileSync(join(dir, name), text);
      const flush = ["mangle", "nat"].map((table) => `${tool} -t ${table} -F PREROUTING || :`).join("\n");
      namespace.run(["sh", "-c", `T=${dir}\n${run}\n${flush}\n${undo}`]);
    }
    expect(namespace.run([`${tool}-save`])).not.toContain("mw-");
    rmSync(dir, { recursive: true });
  });

  test("a rule of others is given back to a chain that has become shorter meanwhile", () => {
    using namespace = newNamespace(variant);
    const dir = mkdtempSync(join(tmpdir(), "plan-test-"));
    const rules = [1, 2, 3, 4].map((n) => `-A PREROUTING -s 10.${n}.0.0/16 -j ACCEPT`);
    const shown = () => namespace.run([`${tool}-save`, "-t", "nat"]).match(/^-A .*/gm) ?? [];
    const table = (...lines: string[]) => `*nat\n${lines.join("\n")}\nCOMMIT\n`;
    const full = table(":PREROUTING ACCEPT [0:0]", ...rules);
    const third: Owned = {
      owner: "p/s/ServerMap/a",
      line: { kind: "hook", table: "nat", chain: "PREROUTING", rule: "-s 10.3.0.0/16 -j ACCEPT", position: 3 },
    };
    const own: Owned = {
      owner: "p/s/ServerMap/a",
      line: { kind: "hook", table: "nat", chain: "PREROUTING", rule: "-j mw-a" },
    };
    const chain: Owned = { owner: own.owner, line: { kind: "chain", table: "nat", chain: "mw-a", rules: [] } };
    const shell = ({ files }: Step, script: string) => {
      for (const [name, text] of Object.entries(files!)) writeFileSync(join(dir, name), text);
      namespace.run(["sh", "-ec", `T=${dir}\n${script}`]);
    };
    const shorter = `${tool} -t nat -F PREROUTING; ${tool} -t nat -A PREROUTING -s 10.1.0.0/16 -j ACCEPT`;
    namespace.run([`${tool}-restore`], full);
    const [taking] = iptablesSteps(routerWith(full, variant), [chain, own], [{ ...third, adopted: true }]);
    shell(taking!, `${taking!.run}\n${shorter}\n${taking!.undo}`);
    expect(shown()).toEqual([rules[0], rules[2]]);

    const without = table(":PREROUTING ACCEPT [0:0]", ":mw-a - [0:0]", ...rules.toSpliced(2, 1));
    namespace.run([`${tool}-restore`], without);
    const [giving] = iptablesSteps(routerWith(without, variant), [{ ...third, givenBack: true }], []);
    shell(giving!, `${shorter}\n${giving!.test}\n${giving!.run}`);
    expect(shown()).toEqual([rules[0], rules[2]]);
    namespace.run([`${tool}-restore`], without);
    shell(giving!, `${giving!.test}\n${giving!.run}`);
    expect(shown()).toEqual(rules);
    rmSync(dir, { recursive: true });
  });
});
