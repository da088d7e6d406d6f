/**
 * F8: a disk holds up the operator's shell on the router, for longer than its lock lives; his line is dead. Another run makes its
 * change meanwhile, and then the first one wakes up.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bench } from "../bench.ts";
import { type Finding, judge } from "../judge.ts";
import type { Moment } from "../operator.ts";
import { behave, misbehave } from "../shims.ts";
import type { Goal } from "../site.ts";
import { type Case, type Change, make, missed, travel } from "./case.ts";
import { IS_READ_ONLY, READ_ONLY, WRITABLE } from "./disks.ts";

/** Longer than any lock lives. */
const AGES = 200;

interface Hang {
  readonly at: Moment;
  readonly tool: string;
}

/** Stops the shell's tool; answers how it goes on, or undefined where the point does not come. */
async function hang(bench: Bench, to: Goal, { at, tool }: Hang): Promise<(() => Promise<void>) | undefined> {
  const { router } = bench.lab;
  const run = await bench.operator.run(bench.command(to, { at, act: "stop" }));
  if (!(await run.reached)) return undefined;
  await misbehave(bench.lab, {
    ...{ caller: "session", tools: [tool], k: 1 },
    does: { shell: "echo $$ >$S/stopped; kill -STOP $$" },
  });
  bench.operator.go();
  const file = join(router.root, "usr/local/sbin/.shim/stopped");
  for (let i = 0; i < 200 && !existsSync(file); i++) await sleep(20);
  if (!existsSync(file)) return undefined;
  await bench.operator.kill();
  const pid = readFileSync(file, "utf8").trim();
  await behave(bench.lab);
  await travel(bench.lab, AGES);
  return async () => {
    await router.exec(`rm -f ${SHIM}/stopped; kill -CONT ${pid}`);
    await sleep(1500);
  };
}
const SHIM = "/usr/local/sbin/.shim";
const backInTime = (bench: Bench) => bench.lab.router.exec("umount /proc/uptime 2>/dev/null || :");

/** In the confirm: what it would still do to the disk is another run's by then. A root that it had opened is closed again. */
export const f8Hung = (change: Change, then: Goal, root: "writable" | "read-only"): Case => ({
  ...make("F8", `held up in the confirm until another run is through, on a ${root} root`, change, async (bench) => {
    const { router } = bench.lab;
    await bench.quiet();
    if (root === "read-only") await router.exec(READ_ONLY);
    const odd: Finding[] = [];
    try {
      const goOn = await hang(bench, change[1], { at: "confirm-sending", tool: "sync" });
      if (!goOn) return [missed("the confirm's sync")];
      if (then === "none") await bench.dropHeld();
      await bench.up(then);
      await goOn();
      if (root === "read-only")
        await router
          .exec(IS_READ_ONLY)
          .catch(() => odd.push({ verdict: "unexplained", text: "the root stays writable" }));
    } finally {
      await backInTime(bench);
      if (root === "read-only") await router.exec(WRITABLE);
    }
    return [...odd, ...(await judge(bench, [then], then))];
  }),
  needs: [then],
});

/** Between the lock and the first step: it finds its lock taken, and that one is not its to release. */
export const f8HungBegin = (change: Change): Case =>
  make("F8", "held up behind its lock until another run is in the middle", change, async (bench, judge) => {
    const odd: Finding[] = [];
    try {
      const goOn = await hang(bench, change[1], { at: "begin-sending", tool: "cat" });
      if (!goOn) return [missed("the first file of a change")];
      const second = await bench.operator.run(bench.command(change[1], { at: "begin-answered", act: "stop" }));
      if (!(await second.reached)) return [missed("begin-answered")];
      await goOn();
      if (!existsSync(join(bench.lab.router.root, "run/multiwan/lock")))
        odd.push({ verdict: "unexplained", text: "the lock of a run in the middle of its change is gone" });
      bench.operator.go();
      const answer = await second.done;
      odd.push(...Object.values(answer?.failures ?? {}).map((text) => ({ verdict: "unexplained", text }) as const));
    } finally {
      await backInTime(bench);
    }
    return [...odd.slice(0, 1), ...(await judge([change[1]]))];
  });
