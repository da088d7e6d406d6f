/** F6: the router reboots. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "../../../lab/index.ts";
import type { Moment } from "../operator.ts";
import { powerOff, powerOn } from "../reboot.ts";
import { behave, type Caller, misbehave } from "../shims.ts";
import { type Case, type Change, make, missed, told } from "./case.ts";

export const f6 = (change: Change, moment: Moment): Case => ({
  ...make("F6", `reboot at ${moment}`, change, async (bench, judge) => {
    await bench.dropHeld();
    const run = await bench.operator.run(bench.command(change[1], { at: moment, act: "stop" }));
    if (!(await run.reached)) return [missed(moment)];
    await powerOff(bench.lab);
    await powerOn(bench.lab, bench.options);
    bench.operator.go();
    const answer = await run.done;
    // A run that finds its router rebooted may do its work again.
    return judge([...change], { returned: told(answer), unwritten: true });
  }),
  labOnly: true,
});

/** The router reboots in the middle of its k-th command; nobody is there to go on afterwards. */
export const f6At = (change: Change, caller: Caller, k: number): Case => ({
  ...make("F6", `reboot in command ${k} of ${caller}`, change, async (bench, judge) => {
    await bench.dropHeld();
    await misbehave(bench.lab, { caller, k, does: { shell: 'kill -STOP "$top"; kill -STOP $$' } });
    const run = await bench.operator.run(bench.command(change[1]));
    await Promise.race([run.done, untilHit(bench.lab)]);
    await bench.operator.kill();
    await powerOff(bench.lab);
    const { hit } = await behave(bench.lab);
    await powerOn(bench.lab, bench.options);
    return judge(caller === "apply" && hit ? [change[0]] : [...change], { unwritten: true });
  }),
  labOnly: true,
});

async function untilHit(lab: Lab): Promise<void> {
  for (let i = 0; i < 100; i++) {
    if (existsSync(join(lab.router.root, "usr/local/sbin/.shim/hit"))) return;
    await sleep(100);
  }
}
