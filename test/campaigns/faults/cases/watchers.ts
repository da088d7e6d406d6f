/** F4: watchers are killed or stopped, and the operator goes on or is gone. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Case, type Change, ended, make, missed, told } from "./case.ts";

export type Blow = "KILL 1" | "KILL 2" | "KILL both" | "STOP 1" | "STOP 2" | "STOP both";
export const BLOWS: readonly Blow[] = ["KILL 1", "KILL 2", "KILL both", "STOP 1", "STOP 2", "STOP both"];

export const f4 = (change: Change, blow: Blow, operator: "goes on" | "is gone", ms: number): Case =>
  make("F4", `watchers ${blow} after ${ms} ms, the operator ${operator}`, change, async (bench, judge) => {
    const run = await bench.operator.run(bench.command(change[1], { at: "begin-answered", act: "stop" }));
    if (!(await run.reached)) return [missed(blow)];
    const [signal = "", which = ""] = blow.split(" ");
    await sleep(ms);
    const files = which === "both" ? "alive.1 alive.2" : `alive.${which}`;
    const strike = (name: string) =>
      bench.lab.router.exec(
        `cd /run/multiwan/tx.* 2>/dev/null || exit 0; for f in ${files}; do read -r p <$f; kill -${name} $p; done; cat deadline`,
      );
    const deadline = Number(await strike(signal));
    if (operator === "goes on") {
      bench.operator.go();
      const answer = await run.done;
      const over = Number((await bench.lab.router.exec("cat /proc/uptime")).split(" ")[0]);
      if (signal === "STOP") await bench.lab.router.exec(CONTINUE);
      // On a machine that is busy the time may be over before anybody confirms: then it was to be taken back.
      return judge(over < deadline ? [change[1]] : [...change], { returned: told(answer) });
    }
    await bench.operator.kill();
    if (blow === "STOP both") {
      await sleep(bench.confirm * 1000 + 500);
      await strike("CONT");
      return judge([change[0]]);
    }
    const left = await bench.settled();
    await bench.lab.router.exec(CONTINUE);
    // With nobody left the change stays, unconfirmed and not on the disk: the next run is told, waits, and takes it back.
    return ended(bench, left, (options) => judge([change[0]], { ...options, judged: blow !== "KILL both" }));
  });

const CONTINUE = `for d in /proc/[0-9]*; do read -r c <$d/cmdline 2>/dev/null || :
case $c in */watch.sh?) kill -CONT \${d#/proc/} ;; esac; done 2>/dev/null; true`;
