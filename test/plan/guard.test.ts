import { chownSync, mkdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { beginScript } from "../../provider/plan/guard/begin.ts";
import { confirmScript, revertScript } from "../../provider/plan/guard/end.ts";
import { type Outcome, parseOutcome } from "../../provider/plan/guard/outcome.ts";
import { file, head } from "../../provider/plan/guard/shell.ts";
import { formatManifest, type Manifest } from "../../provider/plan/manifest.ts";
import type { Plan } from "../../provider/plan/plan.ts";
import type { Step } from "../../provider/plan/step.ts";
import { cannot } from "./namespace.ts";
import { filesIn, newSandbox, type Sandbox, SHELLS, type Shell } from "./sandbox.ts";

const nonce = "0123456789abcdef";
const owner = "p/s/FwmarkRule/one";
const manifest: Manifest = new Map([
  [owner, { lines: [{ kind: "rule", priority: 1024, from: "all", mark: 1, table: 1 }], found: [] }],
]);

const step = (what: string, run: string, undo: string, more: Partial<Step> = {}): Step => ({
  ...{ phase: 0, owners: [owner], what, run, undo },
  ...more,
});
const RULES = "*mangle\n:mw-a - [0:0]\n-A mw-a -j RETURN\n-I PREROUTING 1 -j mw-a\nCOMMIT\n";
const NO_RULES = "*mangle\n:mw-a - [0:0]\n-D PREROUTING -j mw-a\n-X mw-a\nCOMMIT\n";
const restore = 'iptables-legacy-restore --noflush <"$T/mangle';

/** One step of each kind that changes something which shows. */
const steps: readonly Step[] = [
  step(
    "names",
    'write_file /etc/iproute2/rt_tables "$T/names.do"',
    'write_file /etc/iproute2/rt_tables "$T/names.undo"',
    {
      files: { "names.do": "7 old\n1 wan_one\n# no end", "names.undo": "7 old\n# no end" },
    },
  ),
  step("address", "ip addr add 123.234.1.11/32 dev lo", "ip addr del 123.234.1.11/32 dev lo"),
  step("mangle", `${restore}.do"`, `${restore}.undo"`, {
    files: { "mangle.do": RULES, "mangle.undo": NO_RULES },
    test: 'iptables-legacy-restore --noflush --test <"$T/mangle.do"',
  }),
  step(
    "rule",
    "ip rule add from all fwmark 0x1 table 1 pref 1024",
    "ip rule del from all fwmark 0x1 table 1 pref 1024",
  ),
];
const planOf = (list: readonly Step[]): Plan => ({
  ...{ steps: list, manifest, wanted: [], unwanted: [], boot: undefined, empty: false },
});
const LOOK = `echo; echo @@look; ip rule show; ip addr show lo | grep ' inet '; iptables-legacy-save -t mangle | grep mw-
cat /etc/iproute2/rt_tables; echo '|'`;

interface Ran {
  readonly outcome: Outcome | undefined;
  /** What the router shows afterwards. */
  readonly shows: string;
}

function begin(sandbox: Sandbox, shell: Shell, plan: Plan, seen?: string, ...then: string[]): Ran {
  const { stateDir } = sandbox;
  const script = beginScript({
    nonce,
    stateDir,
    plan,
    seen,
    iptables: "iptables-legacy",
    seconds: 30,
    who: "anna@laptop",
  });
  const output = sandbox.run(shell, script, ...then, LOOK);
  return { outcome: parseOutcome(output, nonce), shows: output.slice(output.indexOf("@@look\n") + 7) };
}

/** A router with names of its own. */
function prepared(): Sandbox {
  const sandbox = newSandbox();
  sandbox.write("etc/rt_tables", "7 old\n# no end");
  return sandbox;
}

const real = cannot ? describe.skip : describe;

real.each(SHELLS)(`with %s as the router's shell${cannot ? ` (${cannot})` : ""}`, (shell) => {
  const run = { nonce, stateDir: "" };
  const untouched = () => {
    using sandbox = prepared();
    const output = sandbox.run(shell, LOOK);
    return output.slice(output.indexOf("@@look\n") + 7);
  };

  test("all steps are done, the manifest is written, and once confirmed nothing else is left", () => {
    using sandbox = prepared();
    const confirm = confirmScript({ ...run, stateDir: sandbox.stateDir }, undefined);
    const { outcome, shows } = begin(sandbox, shell, planOf(steps), undefined, confirm);
    expect(outcome).toEqual({ kind: "applied" });
    for (const line of ["1024:\tfrom all fwmark 0x1 lookup", "inet 123.234.1.11/32", "-A PREROUTING -j mw-a"])
      expect(shows).toContain(line);
    expect(shows).toContain("7 old\n1 wan_one\n# no end|");
    expect(sandbox.read("run/multiwan/manifest")).toBe(formatManifest(manifest));
    expect(filesIn(sandbox, "run/multiwan")).toEqual(["manifest"]);
  });

  test("taken back after all was done, the router and the manifest are as before", () => {
    using sandbox = prepared();
    const revert = revertScript({ ...run, stateDir: sandbox.stateDir });
    const { shows } = begin(sandbox, shell, planOf(steps), undefined, revert);
    expect(shows).toBe(untouched());
    expect(filesIn(sandbox, "run")).toEqual([]);
  });

  test.each(steps.map((_, k) => k))("a failure of step %# takes back everything before it", (k) => {
    using sandbox = prepared();
    const seen = formatManifest(new Map([["p/s/WanLink/two", { lines: [], found: [] }]]));
    mkdirSync(sandbox.stateDir);
    sandbox.write("run/multiwan/manifest", seen);
    const broken = steps.map((s, i) => (i === k ? { ...s, run: "echo it broke; printf 'no end'; (exit 3)" } : s));
    const { outcome, shows } = begin(sandbox, shell, planOf(broken), seen);
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
    const refused = begin(sandbox, shell, wrong);
    expect(refused.outcome).toMatchObject({ kind: "refused", step: 3, exitCode: 1 });
    expect((refused.outcome as { output: string }).output).toContain("line 2 failed");
    expect(refused.shows).toBe(untouched());
    const stale = begin(sandbox, shell, planOf(steps), "another manifest\n");
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
      const { outcome, shows } = begin(sandbox, shell, planOf(steps));
      expect([outcome, shows]).toEqual([{ kind: "unusable", what: sandbox.stateDir }, untouched()]);
    }
    using sandbox = prepared();
    sandbox.write("run/multiwan", "a file");
    expect(begin(sandbox, shell, planOf(steps)).outcome).toMatchObject({ kind: "unusable" });
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
    sandbox.run(shell, `${head({ nonce, stateDir })}\nmkdir -p "$T"\n${script}`);
    expect(texts.map((_, i) => sandbox.read(`run/multiwan/tx.${nonce}/f${i}`))).toEqual(texts);
  });

  test("a written file keeps owner and mode, a new one can be read by everybody, no other file is left beside it", () => {
    using sandbox = prepared();
    const path = `${sandbox.dir}/etc/rt_tables`;
    const written = () => {
      begin(sandbox, shell, planOf(steps.slice(0, 1)));
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
