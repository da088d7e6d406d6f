import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseRule } from "../../provider/dialects/iptables/packet-rule.ts";
import type { Owned } from "../../provider/plan/settlement.ts";
import type { Step } from "../../provider/plan/step.ts";
import { testingAll } from "../variants.ts";
import { difference, foreignSave, type Program, program } from "./changes.ts";
import { newNamespace, orWhyNot, real } from "./namespace.ts";
import { restored, restoresOn, routerWith, sorted } from "./tables-model.ts";

type Variant = "legacy" | "nft";

/** One program after the other, and at the end none, on a router of its own. @returns how many restores that took */
function playSequence(variant: Variant, dir: string, start: string, programs: readonly Program[]): number {
  using namespace = newNamespace(variant);
  const save = () =>
    namespace
      .run([`iptables-${variant}-save`])
      .replace(/^#.*\n/gm, "")
      .replace(/\[\d+:\d+\]/g, "[0:0]");
  const restore = (text: string, ...more: string[]) =>
    namespace.run([`iptables-${variant}-restore`, "--noflush", ...more], text);
  restore(start);
  const atFirst = save();
  let restores = 0;
  let before: Program = new Map();
  for (const after of [...programs, new Map()]) {
    const was = save();
    const { put, drop } = difference(before, after);
    const steps = restoresOn(routerWith(was, variant), put, drop);
    const texts = steps.map(({ files }) => Object.values(files!)[0]!);
    const apply = () => {
      for (const text of texts) restore(text);
    };
    const model = texts.reduce(restored, was);
    for (const text of texts) restore(text, "--test");
    expect(save()).toBe(was);
    apply();
    expect(sorted(save())).toBe(sorted(model));
    // In its own words, and twice: whoever takes back may be killed in the middle, and followed by another.
    for (const step of [...steps.toReversed(), ...steps.toReversed()]) undo(namespace, dir, step);
    expect(sorted(save())).toBe(sorted(was));
    apply();
    restores += steps.length * 4;
    before = after;
  }
  expect(sorted(save())).toBe(sorted(atFirst));
  return restores;
}

function undo(namespace: ReturnType<typeof newNamespace>, dir: string, { undo, files }: Step): void {
  for (const [name, text] of Object.entries(files!)) writeFileSync(join(dir, name), text);
  namespace.run(["sh", "-c", `T=${dir}; ${undo} || :`]);
}

real.each(["legacy", "nft"] as const)(`iptables %s for real${orWhyNot}`, (variant) => {
  const tool = `iptables-${variant}`;

  test("a sequence of programs: the dry run passes, the result is the model's, the undo brings back the same text", () => {
    const samples = fc.sample(fc.tuple(foreignSave, fc.array(program, { minLength: 3, maxLength: 3 })), {
      ...{ numRuns: testingAll ? 8 : 3, seed: 7 },
    });
    const dir = mkdtempSync(join(tmpdir(), "plan-test-"));
    const restores = samples.map(([start, programs]) => playSequence(variant, dir, start, programs));
    rmSync(dir, { recursive: true });
    console.log(`${tool}: ${restores.reduce((sum, one) => sum + one, 0)} restores`);
  });

  test("the way back ends also where somebody has emptied the built-in chains meanwhile", () => {
    using namespace = newNamespace(variant);
    const put = (["mangle", "nat"] as const).flatMap((table): Owned[] => {
      const own = { owner: "p/s/ServerMap/a" };
      return [
        { ...own, line: { kind: "chain", table, chain: "mw-a-mark", rules: ["-i eth1 -j RETURN"].map(parseRule) } },
        { ...own, line: { kind: "hook", table, chain: "PREROUTING", rule: parseRule("-j mw-a-mark") } },
      ];
    });
    const dir = mkdtempSync(join(tmpdir(), "plan-test-"));
    for (const { run, undo, files } of restoresOn(routerWith("", variant), put, [])) {
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
      line: {
        kind: "hook",
        table: "nat",
        chain: "PREROUTING",
        rule: parseRule("-s 10.3.0.0/16 -j ACCEPT"),
        position: 3,
      },
    };
    const own: Owned = {
      owner: "p/s/ServerMap/a",
      line: { kind: "hook", table: "nat", chain: "PREROUTING", rule: parseRule("-j mw-a-mark") },
    };
    const chain: Owned = { owner: own.owner, line: { kind: "chain", table: "nat", chain: "mw-a-mark", rules: [] } };
    const shell = ({ files }: Step, script: string) => {
      for (const [name, text] of Object.entries(files!)) writeFileSync(join(dir, name), text);
      namespace.run(["sh", "-ec", `T=${dir}\n${script}`]);
    };
    const shorter = `${tool} -t nat -F PREROUTING; ${tool} -t nat -A PREROUTING -s 10.1.0.0/16 -j ACCEPT`;
    namespace.run([`${tool}-restore`], full);
    const [taking] = restoresOn(routerWith(full, variant), [chain, own], [{ ...third, adopted: true }]);
    shell(taking!, `${taking!.run}\n${shorter}\n${taking!.undo}`);
    expect(shown()).toEqual([rules[0], rules[2]]);

    const without = table(":PREROUTING ACCEPT [0:0]", ":mw-a-mark - [0:0]", ...rules.toSpliced(2, 1));
    namespace.run([`${tool}-restore`], without);
    const [giving] = restoresOn(routerWith(without, variant), [{ ...third, givenBack: true }], []);
    shell(giving!, `${shorter}\n${giving!.test}\n${giving!.run}`);
    expect(shown()).toEqual([rules[0], rules[2]]);
    namespace.run([`${tool}-restore`], without);
    shell(giving!, `${giving!.test}\n${giving!.run}`);
    expect(shown()).toEqual(rules);
    rmSync(dir, { recursive: true });
  });

  describe("an adopted chain with the operator's way in", () => {
    const owner = "p/s/ServerMap/a";
    const vpn = ["-p esp -j ACCEPT", "-s 192.168.99.0/24 -j ACCEPT"];
    const table = (...lines: string[]) => `*filter\n${lines.join("\n")}\nCOMMIT\n`;
    const found = table(
      ...[":INPUT DROP [0:0]", ":vpn - [0:0]", ...vpn.map((rule) => `-A vpn ${rule}`)],
      ...["-A INPUT -s 10.1.0.0/16 -j ACCEPT", "-A INPUT -j vpn", "-A INPUT -s 10.2.0.0/16 -j ACCEPT"],
    );
    const drop: Owned[] = [
      { owner, adopted: true, line: { kind: "chain", table: "filter", chain: "vpn", rules: vpn.map(parseRule) } },
      {
        owner,
        adopted: true,
        line: { kind: "hook", table: "filter", chain: "INPUT", rule: parseRule("-j vpn"), position: 2 },
      },
    ];
    const put: Owned[] = [
      { owner, line: { kind: "chain", table: "filter", chain: "mw-a", rules: ["-j DROP"].map(parseRule) } },
      { owner, line: { kind: "hook", table: "filter", chain: "INPUT", rule: parseRule("-j mw-a") } },
    ];

    /** Plays the change, what happens then, and the way back; the rules of the table, and how the way back ended. */
    function taken(change: (step: Step) => string, spoil = (text: string) => text) {
      using namespace = newNamespace(variant);
      const dir = mkdtempSync(join(tmpdir(), "plan-test-"));
      namespace.run([`${tool}-restore`], found);
      const [step] = restoresOn(routerWith(found, variant), put, drop);
      for (const [name, text] of Object.entries(step!.files!))
        writeFileSync(join(dir, name), name.endsWith(".do") ? text : spoil(text));
      const said = namespace.run(["sh", "-c", `T=${dir}\n${change(step!)}`]);
      const rules = namespace.run([`${tool}-save`, "-t", "filter"]).match(/^(-A|:vpn|:mw).*/gm) ?? [];
      rmSync(dir, { recursive: true });
      return { said, rules: rules.map((rule) => rule.replace(/ \[.*/, "")) };
    }
    const all = [
      ...[":vpn -", "-A INPUT -s 10.1.0.0/16 -j ACCEPT", "-A INPUT -j vpn", "-A INPUT -s 10.2.0.0/16 -j ACCEPT"],
      ...vpn.map((rule) => `-A vpn ${rule}`),
    ];
    const tried = ({ undo }: Step) => `{ ${undo}\n} 2>/dev/null && echo undone || echo failed`;

    test("is tried dry before it goes", () => {
      const bad = (text: string) => text.replace("-p esp", "-p nobody-knows");
      const { said, rules } = taken(({ test }) => `{ ${test}\n} 2>/dev/null && echo good || echo refused`, bad);
      expect(said).toBe("refused\n");
      expect(rules).toEqual(all);
      expect(taken(({ test }) => `{ ${test}\n} && echo good || echo refused`).said).toBe("good\n");
    });

    test("is not put back a second time where it had never gone, or has come back", () => {
      for (const begin of [(_: Step) => ":", ({ run, undo }: Step) => `${run}\n${undo}`]) {
        const { said, rules } = taken((step) => `${begin(step)}\n${tried(step)}`);
        expect(said).toBe("undone\n");
        expect(rules).toEqual(all);
      }
    });

    test("comes back as far as it can, each line once however often that is tried, and what cannot is a failure", () => {
      const spoil = (text: string) => text.replace("-A vpn -p esp", "-A vpn -p nobody-knows");
      const { said, rules } = taken((step) => `${step.run}\n${tried(step)}\n${tried(step)}`, spoil);
      expect(said).toBe("failed\nfailed\n");
      expect(rules).toEqual(all.filter((rule) => !rule.includes("-p esp")));
    });

    test("comes back where somebody else's jump keeps the managed chain", () => {
      const foreign = `${tool} -I FORWARD -j mw-a`;
      const { said, rules } = taken((step) => `${step.run}\n${foreign}\n${tried(step)}`);
      expect(said).toBe("failed\n");
      expect(rules).toEqual([":mw-a -", ...all.slice(0, 4), "-A FORWARD -j mw-a", ...all.slice(4)].toSorted(byPlace));
    });
    const byPlace = (a: string, b: string) =>
      PLACES.findIndex((p) => a.startsWith(p)) - PLACES.findIndex((p) => b.startsWith(p));
    const PLACES = [":mw", ":vpn", "-A INPUT", "-A FORWARD", "-A vpn"];
  });
});
