/** F9: two operators at once. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Finding } from "../judge.ts";
import { Operator } from "../operator.ts";
import type { Goal } from "../site.ts";
import { type Case, type Change, make } from "./case.ts";

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
