/** F3 and F5: a process of the router is killed between two commands, on the way there or on the way back. */
import { behave, type Mischief, misbehave } from "../shims.ts";
import { witness } from "../witness.ts";
import { type Case, type Change, ended, make, missed, told, unwritten } from "./case.ts";
import { KILL_PARENT } from "./way-back.ts";

/** F3: the apply, or the operator's shell on the router. */
export const f3 = (change: Change, caller: "apply" | "session", k: number, when: "before" | "after"): Case =>
  make("F3", `${caller} killed ${when} command ${k}`, change, async (bench, judge) => {
    await misbehave(bench.lab, { caller, k, when, does: { kill: true } });
    const answer = await bench.try(change[1]);
    const left = await bench.settled();
    await behave(bench.lab);
    return ended(bench, left, (options) =>
      judge([...change], { ...options, unwritten: unwritten(answer), returned: told(answer) }),
    );
  });

/** F5: inside the rollback; the other watcher takes over. */
export const f5 = (change: Change, k: number, when: "before" | "after", whom: "undo" | "watcher"): Case =>
  make("F5", `${whom} killed ${when} command ${k} of the way back`, change, async (bench, judge) => {
    const does: Mischief["does"] = whom === "undo" ? { kill: true } : { shell: KILL_PARENT };
    const run = await bench.operator.run(bench.command(change[1], { at: "begin-answered", act: "stop" }));
    if (!(await run.reached)) return [missed("begin-answered")];
    await misbehave(bench.lab, { caller: "undo", k, when, does });
    const seen = witness(bench.lab);
    await bench.operator.kill();
    const left = await bench.settled();
    const odd = seen();
    return [...odd, ...(await judge([change[0]], { left, mustHit: true }))];
  });
