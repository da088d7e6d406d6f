/** F9: two operators at once. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Bench } from "../bench.ts";
import type { Finding } from "../judge.ts";
import { type Moment, Operator } from "../operator.ts";
import type { Goal } from "../site.ts";
import { type Case, type Change, make, missed } from "./case.ts";

const removes: readonly Goal[] = ["none", "replies"];

/**
 * Two operators with a copy each of one stack's state: one after the other, or one of them is told who is there. What both
 * of them change is as one of them wants it.
 */
export const f9Two = (change: Change, other: Goal, ms: number): Case => ({
  ...make("F9", `a second operator to "${other}" after ${ms} ms`, change, async (bench, judge) => {
    const { lab, operator, settings } = bench;
    // Whoever takes everything away takes the marks of open connections along.
    if (other === "none") await bench.dropHeld();
    const second = new Operator(lab, "second");
    try {
      await lab.run("operator", ["cp", operator.stateFile, second.stateFile]);
      await second.start();
      const first = await operator.run(bench.command(change[1]));
      await sleep(ms);
      const run = await second.run({ ...bench.command(other), router: settings });
      const answers = await Promise.all([first.done, run.done]);
      const judged = await judge([change[0], change[1], other], {
        mixes: true,
        // Who has removed a resource of his knows nothing of the one that the other has made.
        ...(removes.includes(change[1]) && {
          before: () => second.run(bench.command(change[1])).then(({ done }) => done),
        }),
      });
      const odd = answers
        .flatMap((a) => Object.values(a!.failures))
        .filter((text) => !/another run is changing|keeps changing|not applied/.test(text));
      return [...judged, ...odd.slice(0, 1).map((text): Finding => ({ verdict: "unexplained", text }))];
    } finally {
      await second.kill();
      second.loseState();
    }
  }),
  needs: [other],
});

/** A second operator's whole change lies between what the first one has read and what he sends: he plans again. */
export const f9Between = (change: Change, other: Goal): Case => ({
  ...make("F9", `a second operator is through to "${other}" at read-answered`, change, async (bench, judge) => {
    const { operator } = bench;
    await bench.dropHeld();
    await withSecond(bench, async (second) => {
      const first = await operator.run(bench.command(change[1], { at: "read-answered", act: "stop" }));
      if (await first.reached) await (await second.run(bench.command(other))).done;
      operator.go();
      await first.done;
    });
    return judge([change[0], change[1], other], { mixes: true, judged: false });
  }),
  needs: [other],
});

/** A second operator looks while a change is not confirmed yet, and then it is rolled back: he waits, and sees nothing of it. */
export const f9Looks = (change: Change, moment: Moment): Case =>
  make("F9", `a second operator looks at ${moment}, the first one is gone`, change, async (bench, judge) => {
    let odd: Finding[] = [missed(moment)];
    // Nobody waits for a reading longer than fifteen seconds.
    const router = { ...bench.settings, confirmTimeout: 8 };
    await withSecond(bench, async (second) => {
      const first = await bench.operator.run(bench.command(change[1], { at: moment, act: "stop", router }));
      if (!(await first.reached)) return;
      const looks = await second.run(bench.command(change[0], { apply: false }));
      await bench.operator.kill();
      const seen = await looks.done;
      const claims = seen!.drift.length > 0 || Object.values(seen!.ops).some((op) => op !== "same");
      odd = claims
        ? [{ verdict: "unexplained", text: `half of a change is shown: ${JSON.stringify(seen).slice(0, 600)}` }]
        : [];
    });
    return [...odd, ...(await judge([change[0]]))];
  });

/** With a copy of the stack's state. */
async function withSecond(bench: Bench, work: (second: Operator) => Promise<void>): Promise<void> {
  const second = new Operator(bench.lab, "second");
  try {
    await bench.lab.run("operator", ["cp", bench.operator.stateFile, second.stateFile]);
    await second.start();
    await work(second);
  } finally {
    await second.kill();
    second.loseState();
  }
}
