import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseRule } from "../../provider/dialects/iptables/packet-rule.ts";
import type { HookLine, Line } from "../../provider/model/line.ts";
import type { Owned } from "../../provider/plan/settlement.ts";
import { difference, foreignSave, type Program, program } from "./changes.ts";
import { restored, restoresOn, routerWith, sorted } from "./tables-model.ts";

const mangle = (...rules: string[]) =>
  ["*mangle", ":PREROUTING ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]", ...rules, "COMMIT\n"].join("\n");
const owned = (line: Line, owner = "p/s/ConnmarkChain/wan"): Owned => ({ owner, line });
const chain = (...rules: string[]): Line => ({
  kind: "chain",
  table: "mangle",
  chain: "mw-wan-mark",
  rules: rules.map(parseRule),
});
const hook = (target = "mw-wan-mark"): HookLine => ({
  ...{ kind: "hook", table: "mangle", chain: "PREROUTING", rule: parseRule(`-j ${target}`) },
});

test("one restore without flushing, tried dry first; marks are written as every version takes them", () => {
  const put = [owned(chain("-i eth1 -j MARK --set-xmark 0x1/0xff")), owned(hook())];
  expect(restoresOn(routerWith(mangle("-A PREROUTING -i eth0 -j ACCEPT")), put, [])).toEqual([
    {
      phase: 70,
      owners: ["p/s/ConnmarkChain/wan"],
      what: "iptables-legacy-restore --noflush (mangle)",
      run: 'iptables-legacy-restore -w 10 --noflush <"$T/mangle.do"',
      undo: expect.stringContaining("fit print | iptables-legacy-restore -w 10 --noflush || {"),
      test: 'iptables-legacy-restore -w 10 --noflush --test <"$T/mangle.do"',
      touches: put.map(({ line }) => line),
      files: {
        "mangle.do": [
          "*mangle",
          ":mw-wan-mark - [0:0]",
          "-A mw-wan-mark -i eth1 -j MARK --set-mark 0x1/0xff",
          "-I PREROUTING 1 -j mw-wan-mark",
          "COMMIT",
          "",
        ].join("\n"),
        "mangle.undo": [
          "*mangle",
          ":mw-wan-mark - [0:0]",
          "-D PREROUTING -j mw-wan-mark",
          "-X mw-wan-mark",
          "COMMIT",
          "",
        ].join("\n"),
      },
    },
  ]);
});

test("the lock option is left out where iptables-restore does not know it or does not need it", () => {
  const run = (variant: "legacy" | "nft", version: string) =>
    restoresOn(routerWith(mangle(), variant, version), [owned(hook())], [])[0]!.run;
  expect(run("legacy", "1.6.2")).toContain("-restore -w 10 --noflush");
  expect(run("legacy", "1.10.0")).toContain("-restore -w 10 --noflush");
  expect(run("legacy", "1.6.1")).toContain("-restore --noflush");
  expect(run("legacy", "1.4.14")).toContain("-restore --noflush");
  expect(run("nft", "1.8.9")).toContain("-restore --noflush");
});

test("the way back takes the jumps out of built-in chains that the table did not show before", () => {
  const put = [owned(chain("-j RETURN")), owned(hook())];
  for (const save of ["", "*mangle\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n"])
    expect(restoresOn(routerWith(save), put, [])[0]!.files!["mangle.undo"]).toContain(
      "-D PREROUTING -j mw-wan-mark\n-X mw-wan-mark\n",
    );
});

test("a rule of others inside our chain is gone after the change and back after the undo", () => {
  const save = mangle(":mw-wan-mark - [0:0]", "-A mw-wan-mark -j LOG", "-A PREROUTING -j mw-wan-mark");
  const [step] = restoresOn(routerWith(save), [owned(chain("-j RETURN"))], []);
  expect(step!.files!["mangle.do"]).toContain("-A mw-wan-mark -j RETURN\nCOMMIT");
  expect(step!.files!["mangle.undo"]).toContain("-A mw-wan-mark -j LOG\nCOMMIT");
});

test("a table that is removed from comes late, one that is added to comes at its place", () => {
  const save = mangle(":mw-wan-mark - [0:0]", "-A PREROUTING -j mw-wan-mark");
  expect(restoresOn(routerWith(save), [], [owned(hook()), owned(chain())]).map((s) => s.phase)).toEqual([930]);
  expect(restoresOn(routerWith(save), [owned(chain("-j RETURN"))], []).map((s) => s.phase)).toEqual([70]);
  expect(restoresOn(routerWith(save), [], [])).toEqual([]);
});

describe("hooks", () => {
  const changed = (save: string, put: Line[], drop: Line[] = []) => {
    const [step] = restoresOn(
      routerWith(save),
      put.map((l) => owned(l)),
      drop.map((l) => owned(l)),
    );
    return sorted(restored(save, step!.files!["mangle.do"]!));
  };
  const chains = [":mw-a-mark - [0:0]", ":mw-b-mark - [0:0]", ":mw-c-mark - [0:0]"];

  test("stand before the rules of others, in the order of their names, whatever came first", () => {
    const foreign = mangle(...chains, "-A PREROUTING -j ACCEPT");
    const wanted = ["-j mw-a-mark", "-j mw-b-mark", "-j mw-c-mark", "-j ACCEPT"]
      .map((rule) => `-A PREROUTING ${rule}`)
      .join("\n");
    for (const order of ["abc", "cba", "bca", "bac"]) {
      const hooks = [...order].map((name) => hook(`mw-${name}-mark`));
      expect(changed(foreign, hooks)).toContain(wanted);
      const one = hooks.reduce((save, line) => {
        const [step] = restoresOn(routerWith(save), [owned(line)], []);
        return restored(save, step!.files!["mangle.do"]!);
      }, foreign);
      expect(sorted(one)).toContain(wanted);
    }
  });

  test("that somebody has doubled go all at once, and rules of others that look alike stay as often as they are", () => {
    const save = mangle(
      ...chains,
      ...["-j mw-a-mark", "-j ACCEPT", "-j mw-a-mark", "-j ACCEPT"].map((rule) => `-A PREROUTING ${rule}`),
    );
    const text = changed(save, [], [hook("mw-a-mark")]);
    expect(text).toContain("-A PREROUTING -j ACCEPT\n-A PREROUTING -j ACCEPT");
    expect(text).not.toContain("-j mw-a-mark");
    const [step] = restoresOn(routerWith(save), [], [owned(hook("mw-a-mark"))]);
    const { "mangle.do": run, "mangle.undo": undo } = step!.files!;
    expect(sorted(restored(restored(save, run!), undo!))).toBe(sorted(save));
  });
});

test("any sequence of programs beside any rules of others: their rules keep their order, and the undo is exact", () => {
  fc.assert(
    fc.property(foreignSave, fc.array(program, { minLength: 1, maxLength: 4 }), (start, programs) => {
      let save = start;
      let before: Program = new Map();
      for (const after of [...programs, new Map()]) {
        const { put, drop } = difference(before, after);
        const steps = restoresOn(routerWith(save), put, drop);
        expect(steps.length).toBeLessThanOrEqual(3);
        for (const { files } of steps) {
          const [run, undo] = Object.values(files!);
          const done = restored(save, run!);
          expect(sorted(restored(done, undo!))).toBe(sorted(save));
          save = done;
        }
        const foreign = save.split("\n").filter((line) => !line.includes("mw-"));
        expect(sorted(foreign.join("\n"))).toBe(sorted(start));
        const ours = save.split("\n").filter((line) => line.startsWith(":mw-") || line.includes("-j mw-"));
        if (after.size === 0) expect(ours).toEqual([]);
        before = after;
      }
    }),
    { numRuns: 150 },
  );
});
