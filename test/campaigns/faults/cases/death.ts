/** F1: the operator is killed. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Moment } from "../operator.ts";
import { witness } from "../witness.ts";
import { type Case, type Change, make, mayBe, missed, told } from "./case.ts";

export const f1 = (change: Change, moment: Moment): Case =>
  make("F1", `killed at ${moment}`, change, async (bench, judge) => {
    const seen = witness(bench.lab);
    const run = await bench.operator.run(bench.command(change[1], { at: moment, act: "die" }));
    const answer = await run.done;
    const left = await bench.settled();
    const odd = seen();
    // Where it lives, the moment has not come: on a busy machine the router may have taken the change back before it.
    const judged = await judge(answer ? [...change] : mayBe(moment, change), { left, returned: told(answer) });
    const findings = [...odd, ...judged];
    return answer && change[0] !== change[1] ? [...findings, missed(moment)] : findings;
  });

export const f1Random = (change: Change, ms: number): Case =>
  make("F1", `killed after ${ms} ms`, change, async (bench, judge) => {
    const run = await bench.operator.run(bench.command(change[1]));
    await sleep(ms);
    await bench.operator.kill();
    return judge([...change], { returned: told(await run.done) });
  });
