/** A full /run, and no file to be had, from the moment that the watchers are there. */
import { expect, test } from "@jest/globals";
import { formatManifest } from "../../provider/plan/manifest.ts";
import { ended, folders, late, network, planOf, playAsync, prepared, scriptOf, step, untouchedIn } from "./guarded.ts";
import { inShells, type Sandbox } from "./sandbox.ts";

inShells("dash", (shell) => {
  const FULL = ({ dir }: Sandbox) => ({
    "no room in /run": `cat /dev/zero >${dir}/run/fill 2>/dev/null || :`,
    "no file more in /run": `i=0; while touch ${dir}/run/fill.$i 2>/dev/null; do i=$((i + 1)); done`,
  });
  const small = ({ dir }: Sandbox) => `mount -t tmpfs -o size=512k,nr_inodes=100,mode=755 none ${dir}/run`;
  const kinds = ["no room in /run", "no file more in /run"] as const;

  test.concurrent.each(kinds)("%s once the change is there: it is rolled back all the same", async (kind) => {
    using sandbox = prepared();
    const ends = `ls ${sandbox.stateDir} >${sandbox.dir}/left`;
    const scripts = [FULL(sandbox)[kind], late(sandbox), ended(sandbox), ends];
    const { outcome, shows } = await playAsync(
      ...[sandbox, shell, small(sandbox), scriptOf(sandbox, planOf(network)), ...scripts],
    );
    expect(outcome).toEqual({ kind: "applied" });
    expect(shows).toBe(untouchedIn(shell));
    expect(sandbox.read("left")).toBe("reverted\n");
  });

  test.concurrent.each(kinds)("%s once the change is there: the manifest of before it comes back", async (kind) => {
    using sandbox = prepared();
    const seen = formatManifest(new Map([["p/s/WanLink/two", { lines: [], found: [] }]]));
    const { stateDir, dir } = sandbox;
    const there = `${small(sandbox)}; mkdir -p ${stateDir}; cat >${stateDir}/manifest <<'X'\n${seen}X`;
    const scripts = [FULL(sandbox)[kind], late(sandbox), ended(sandbox), `cat ${stateDir}/manifest >${dir}/left`];
    const { shows } = await playAsync(sandbox, shell, there, scriptOf(sandbox, planOf(network), { seen }), ...scripts);
    expect(shows).toBe(untouchedIn(shell));
    expect(sandbox.read("left")).toBe(seen);
  });

  test.concurrent.each(kinds)("%s in the middle of it: the router is as before", async (kind) => {
    using sandbox = prepared();
    const plan = planOf([network[0]!, step("fill", FULL(sandbox)[kind], ":", { files: {} }), ...network.slice(1)]);
    const { shows } = await playAsync(
      ...[sandbox, shell, small(sandbox), scriptOf(sandbox, plan), late(sandbox), ended(sandbox)],
    );
    expect(shows).toBe(untouchedIn(shell));
  });

  test.concurrent("no process for one of the readings that a rollback is judged by: nothing is changed", async () => {
    using sandbox = prepared();
    const edit = ['observe >"$T/before"', 'observe | sed 1,/mw-read/d >"$T/before"'] as const;
    const ends = `ls ${sandbox.dir}/run >${sandbox.dir}/left`;
    const { outcome, shows } = await playAsync(
      ...[sandbox, shell, `{ ${scriptOf(sandbox, planOf(network), { edit })}\n}`, ends],
    );
    expect([outcome, shows]).toEqual([undefined, untouchedIn(shell)]);
    expect(sandbox.read("left")).toBe("");
  });

  test.concurrent("no file can be opened until after the time: the watchers are still there, and roll back", async () => {
    using sandbox = prepared();
    const limit = (n: string) => `for w in 1 2; do prlimit --pid "$(cat "$T/alive.$w")" --nofile=${n}; done`;
    const scarce = `${folders(sandbox)}${limit("3:4096")}
${late(sandbox)}
sleep 3; ip rule show >${sandbox.dir}/before; ${limit("1024:4096")}`;
    const { shows } = await playAsync(sandbox, shell, scriptOf(sandbox, planOf(network)), scarce, ended(sandbox));
    expect(sandbox.read("before")).toContain("fwmark 0x1");
    expect(shows).toBe(untouchedIn(shell));
  });
});
