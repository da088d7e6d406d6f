/** Where systemd runs, the watchers are units of its own; where it does not, or fails, they are processes. */
import { expect, test } from "@jest/globals";
import {
  ended,
  folders,
  late,
  network,
  nonce,
  planOf,
  playAsync,
  prepared,
  scriptOf,
  untouchedIn,
  withTools,
} from "./guarded.ts";
import { inShells, type Sandbox } from "./sandbox.ts";

const RUNS = "mount -t tmpfs none /run; mkdir -p /run/systemd/system";
const ELSE = "mount -t tmpfs none /run";

inShells("dash", (shell) => {
  /** A change that nobody confirms: what systemd-run was asked for, and as what each watcher ran. */
  const watched = async (sandbox: Sandbox, systemd: string, text: string) => {
    const { dir } = sandbox;
    const tool = withTools(sandbox, { "systemd-run": `echo "$*" >>${dir}/asked\n${text}` });
    const look = `${folders(sandbox)}for w in 1 2; do tr '\\0' ' ' <"/proc/$(cat "$T/alive.$w")/cmdline"; echo; done >${dir}/ran`;
    const scripts = [scriptOf(sandbox, planOf(network)), look, late(sandbox), ended(sandbox)];
    const { outcome, shows } = await playAsync(sandbox, shell, tool, systemd, ...scripts);
    expect(outcome).toEqual({ kind: "applied" });
    expect(shows).toBe(untouchedIn(shell));
    const ran = sandbox.read("ran")!.match(/watch\.sh [^\n]*/g)!;
    return { asked: sandbox.read("asked")?.trim().split("\n") ?? [], ran: ran.map((words) => words.trim()) };
  };
  const START = 'until [ "$1" = /bin/sh ]; do shift; done\n"$@" </dev/null >/dev/null 2>&1 &';
  const UNITS = ["watch.sh 1 unit", "watch.sh 2 unit"];
  const PROCESSES = ["watch.sh 1", "watch.sh 2"];

  test.concurrent("each is a unit named after the run, which roll back", async () => {
    using sandbox = prepared();
    const { asked, ran } = await watched(sandbox, RUNS, START);
    expect(ran).toEqual(UNITS);
    expect(asked.map((words) => /--unit=(\S+)/.exec(words)?.[1])).toEqual([
      `multiwan-${nonce}-1`,
      `multiwan-${nonce}-2`,
    ]);
    expect(asked.every((words) => /--collect .*Restart=on-failure/.test(words))).toBe(true);
  });

  test.concurrent("a systemd-run that does not know a property is asked without", async () => {
    using sandbox = prepared();
    const { asked, ran } = await watched(sandbox, RUNS, `case $* in *--collect*) exit 1 ;; esac\n${START}`);
    expect(ran).toEqual(UNITS);
    expect(asked).toHaveLength(4);
  });

  test.concurrent("where systemd-run fails, and where a unit does not come, they are processes", async () => {
    for (const text of ["exit 1", "exit 0"]) {
      using sandbox = prepared();
      expect((await watched(sandbox, RUNS, text)).ran).toEqual(PROCESSES);
    }
  });

  test.concurrent("where systemd does not run, it is not asked", async () => {
    using sandbox = prepared();
    expect(await watched(sandbox, ELSE, START)).toEqual({ asked: [], ran: PROCESSES });
  });
});
