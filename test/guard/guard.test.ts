import { chownSync, mkdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { standalone } from "../../provider/dialects/script.ts";
import { LOCK } from "../../provider/guard/bodies.ts";
import { confirmScript, revertScript } from "../../provider/guard/end.ts";
import { parseOutcome } from "../../provider/guard/outcome.ts";
import { file, scriptWith } from "../../provider/guard/shell.ts";
import { BOOT_DIR } from "../../provider/kinds/boot-files.ts";
import { formatManifest } from "../../provider/plan/manifest.ts";
import { manifest, network, nonce, planOf, play, prepared, scriptOf, steps, untouchedIn } from "./guarded.ts";
import { filesIn, inShells, newSandbox } from "./sandbox.ts";

inShells("dash", (shell) => {
  const run = { nonce, stateDir: "" };
  const untouched = () => untouchedIn(shell);

  test("all steps are done, the manifest is written, and once confirmed nothing else is left", () => {
    using sandbox = prepared();
    const confirm = confirmScript({ ...run, stateDir: sandbox.stateDir }, undefined);
    const { outcome, shows } = play(sandbox, shell, scriptOf(sandbox, planOf(steps)), confirm);
    expect(outcome).toEqual({ kind: "applied" });
    for (const line of ["1024:\tfrom all fwmark 0x1 lookup", "inet 123.234.1.11/32", "-A PREROUTING -j mw-a-mark"])
      expect(shows).toContain(line);
    expect(shows).toContain("7 old\n1 wan_one\n# no end|");
    expect(sandbox.read("run/multiwan/manifest")).toBe(formatManifest(manifest));
    expect(filesIn(sandbox, "run/multiwan")).toEqual(["manifest"]);
  });

  test("a list that somebody has taken away meanwhile is no empty one: the manifest stays", () => {
    using sandbox = newSandbox();
    mkdirSync(sandbox.stateDir);
    sandbox.write("run/multiwan/manifest", "seen");
    const said = sandbox.run(
      shell,
      scriptWith({ ...run, stateDir: sandbox.stateDir }, {}, [], 'keep_manifest "$T/gone" || say no'),
    );
    expect(said.trim()).toBe(`@@${nonce} no`);
    expect(sandbox.read("run/multiwan/manifest")).toBe("seen");
  });

  test("taken back after all was done, the router and the manifest are as before", () => {
    using sandbox = prepared();
    const revert = revertScript({ ...run, stateDir: sandbox.stateDir });
    const { shows } = play(sandbox, shell, scriptOf(sandbox, planOf(steps)), revert);
    expect(shows).toBe(untouched());
    expect(filesIn(sandbox, "run")).toEqual([]);
  });

  test("the way back goes backwards", () => {
    using sandbox = prepared();
    const noted = network.map((one, i) => ({ ...one, undo: `echo ${i} >>${sandbox.dir}/order; ${one.undo}` }));
    play(sandbox, shell, scriptOf(sandbox, planOf(noted)), revertScript({ ...run, stateDir: sandbox.stateDir }));
    expect(sandbox.read("order")).toBe("2\n1\n0\n");
  });

  test("what is confirmed is written to the disk, and where that fails it is said", () => {
    const confirmed = (folder: string) => {
      using sandbox = prepared();
      const stateDir = sandbox.stateDir;
      const confirm = standalone(confirmScript({ ...run, stateDir }, "text\n")).replaceAll(
        BOOT_DIR,
        `${sandbox.dir}/${folder}`,
      );
      const plan = { ...planOf(network), boot: "text\n" };
      const { shows } = play(sandbox, shell, scriptOf(sandbox, plan), `(${confirm}) >${sandbox.dir}/said`);
      expect(shows).toContain("from all fwmark 0x1 lookup");
      expect(filesIn(sandbox, "run/multiwan")).toEqual(["manifest"]);
      return [parseOutcome(sandbox.read("said")!, nonce), sandbox.read("etc/multiwan/boot")] as const;
    };
    const [well, text] = confirmed("etc/multiwan");
    expect(well).toEqual({ kind: "confirmed" });
    expect(text).toMatch(/^text\n# cksum \d+ 5\n$/);
    const [badly] = confirmed("etc/rt_tables/none");
    expect(badly).toMatchObject({ kind: "unpersisted", output: expect.stringContaining("rt_tables") });
  });

  test.each(steps.map((_, k) => k))("a failure of step %# takes back everything before it", (k) => {
    using sandbox = prepared();
    const seen = formatManifest(new Map([["p/s/WanLink/two", { lines: [], found: [] }]]));
    mkdirSync(sandbox.stateDir);
    sandbox.write("run/multiwan/manifest", seen);
    const broken = steps.map((s, i) => (i === k ? { ...s, run: "echo it broke; printf 'no end'; (exit 3)" } : s));
    const { outcome, shows } = play(sandbox, shell, scriptOf(sandbox, planOf(broken), { seen }));
    expect(outcome).toEqual({ kind: "failed", step: k + 1, exitCode: 3, output: "it broke\nno end", undone: true });
    expect(shows).toBe(untouched());
    expect(sandbox.read("run/multiwan/manifest")).toBe(seen);
    expect(filesIn(sandbox, "run/multiwan")).toEqual(["manifest"]);
  });

  test("what is refused when tried dry, and a manifest that somebody has changed, change nothing", () => {
    using sandbox = prepared();
    const wrong = planOf(
      steps.with(2, { ...steps[2]!, files: { "mangle.do": "*mangle\n-A nowhere -j RETURN\nCOMMIT\n" } }),
    );
    const refused = play(sandbox, shell, scriptOf(sandbox, wrong));
    expect(refused.outcome).toMatchObject({ kind: "refused", step: 3, exitCode: 1 });
    expect((refused.outcome as { output: string }).output).toContain("line 2 failed");
    expect(refused.shows).toBe(untouched());
    const stale = play(sandbox, shell, scriptOf(sandbox, planOf(steps), { seen: "another manifest\n" }));
    expect([stale.outcome, stale.shows]).toEqual([{ kind: "stale" }, untouched()]);
    expect(filesIn(sandbox, "run")).toEqual([]);
  });

  test("a folder that is a link, somebody else's or no folder is not used", () => {
    const spoil: ((path: string) => void)[] = [
      (path) => {
        mkdirSync(`${path}.elsewhere`);
        symlinkSync(`${path}.elsewhere`, path);
      },
      (path) => {
        mkdirSync(path);
        chownSync(path, 12345, 12345);
      },
    ];
    for (const make of spoil) {
      using sandbox = prepared();
      make(sandbox.stateDir);
      const { outcome, shows } = play(sandbox, shell, scriptOf(sandbox, planOf(steps)));
      expect([outcome, shows]).toEqual([{ kind: "unusable", what: sandbox.stateDir }, untouched()]);
    }
    using sandbox = prepared();
    sandbox.write("run/multiwan", "a file");
    expect(play(sandbox, shell, scriptOf(sandbox, planOf(steps))).outcome).toMatchObject({ kind: "unusable" });
  });

  test("any text arrives byte for byte", () => {
    using sandbox = newSandbox();
    const { stateDir } = sandbox;
    const texts = [
      "",
      "\n",
      "\n\n",
      "no end",
      "$HOME `id` \\ \\n \"'\n",
      "a\\",
      " lead\n  trail \t",
      "é\n# x\r\nEOF\n",
      "-n",
    ];
    const script = texts.map((text, i) => file(`f${i}`, text, nonce)).join("\n");
    sandbox.run(shell, scriptWith({ nonce, stateDir }, {}, [LOCK], `mkdir -p "$T"\n${script}`));
    expect(texts.map((_, i) => sandbox.read(`run/multiwan/tx.${nonce}/f${i}`))).toEqual(texts);
  });

  test("a written file keeps owner and mode, a new one can be read by everybody, no other file is left beside it", () => {
    using sandbox = prepared();
    const path = `${sandbox.dir}/etc/rt_tables`;
    const written = () => {
      play(sandbox, shell, scriptOf(sandbox, planOf(steps.slice(0, 1))));
      rmSync(sandbox.stateDir, { recursive: true, force: true });
      const { uid, gid, mode } = statSync(path);
      return `${uid} ${gid} ${(mode & 0o7777).toString(8)}`;
    };
    sandbox.run(shell, `chown 12:34 ${path}; chmod 640 ${path}`);
    expect(written()).toBe("12 34 640");
    rmSync(path);
    expect(written()).toBe("0 0 644");
    expect(filesIn(sandbox, "etc")).toEqual(["rt_tables"]);
  });
});

describe("what the scripts said", () => {
  const said = (...lines: string[]) => parseOutcome(lines.join("\n"), nonce);

  test("is told by its first word, whatever tools print around it", () => {
    expect(said("noise", `@@${nonce} applied`, "more")).toEqual({ kind: "applied" });
    expect(said(`@@${nonce} locked 42`, "anna@laptop", `@@${nonce} end`)).toEqual({
      ...{ kind: "locked", seconds: 42, who: "anna@laptop" },
    });
    expect(said(`@@${nonce} refused 2 1`, "iptables-restore: line 3 failed", `@@${nonce} end`)).toEqual({
      ...{ kind: "refused", step: 2, exitCode: 1, output: "iptables-restore: line 3 failed" },
    });
    expect(said(`@@${nonce} failed 2 1`, "x", `@@${nonce} end`, `@@${nonce} stuck`)).toMatchObject({ undone: false });
    expect(said(`@@${nonce} failed 2 1`, "x", `@@${nonce} end`, `@@${nonce} undone`)).toMatchObject({ undone: true });
  });

  test("is nothing where the script did not come to its end, or where somebody else says it", () => {
    expect(said("")).toBeUndefined();
    expect(said("@@fedcba9876543210 applied", `x @@${nonce} applied`)).toBeUndefined();
  });
});
