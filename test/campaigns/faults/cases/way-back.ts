/** F5 and F10: what befalls the way back at a tool of its own, and who goes on. */

import { divert } from "../impostor.ts";
import type { Finding } from "../judge.ts";
import { type Mischief, misbehave } from "../shims.ts";
import { witness } from "../witness.ts";
import { type Case, type Change, ended, make, missed, told } from "./case.ts";

/** Whose way back it is: the watchers', after the operator is gone; or the operator's, because a new connection does not get in. */
export type Whose = "watchers" | "operator";

/**
 * A way back with a mischief in it, watched at every moment. It has to get there all the same, and an operator who is there is told
 * so.
 */
export const back = (fault: "F5" | "F10", name: string, change: Change, mischief: Mischief, whose: Whose): Case =>
  make(
    fault,
    `${name}, the way back is the ${whose}'${whose.endsWith("s") ? "" : "s"}`,
    change,
    async (bench, judge) => {
      const { lab, operator } = bench;
      const own = whose === "operator";
      const router = { ...bench.settings, ...(own && { confirmTimeout: 60 }) };
      const at = own ? "probe-start" : "begin-answered";
      const run = await operator.run(bench.command(change[1], { at, act: "stop", router }));
      if (!(await run.reached)) return [missed(at)];
      await misbehave(lab, mischief);
      const seen = witness(lab);
      const odd: Finding[] = [];
      let returned: boolean | undefined;
      if (own) {
        const end = await divert(lab, "a refusal");
        operator.go();
        const answer = await run.done;
        await end();
        returned = told(answer);
        if (returned !== false)
          odd.push({ verdict: "unexplained", text: `not told: ${JSON.stringify(answer?.failures).slice(0, 600)}` });
      } else await operator.kill();
      let left = await bench.settled();
      // Whoever tries again waits longer from time to time.
      for (let i = 0; i < 3 && left.length > 0; i++) left = await bench.settled();
      odd.push(...seen());
      return [
        ...odd,
        ...(await ended(bench, left, (options) => judge([change[0]], { ...options, returned, mustHit: true }))),
      ];
    },
  );

/** F5: killed at the k-th call of one tool, with what that has done or without it. */
export const f5Tool = (change: Change, tool: string, k: number, when: "before" | "after", whose: Whose): Case =>
  back(
    "F5",
    `undo killed ${when} ${tool} ${k}`,
    change,
    { caller: "undo", tools: [tool], k, when, does: { kill: true } },
    whose,
  );

/** F5: whoever rolls back is killed, and his last command takes so long that another comes to look: it is still alive. */
export const f5Slow = (change: Change, k: number): Case =>
  back(
    "F5",
    `watcher killed in command ${k} of the way back, which takes eight seconds more`,
    change,
    { caller: "undo", k, does: { shell: `${KILL_PARENT}; sleep 8` } },
    "watchers",
  );
export const KILL_PARENT = `while read -r key v rest; do [ $key = PPid: ] && kill -9 $v; done <"/proc/$top/status"`;

/** F10: a tool of the way back fails, for a while or once; or it takes long. */
const FAILS = 'echo "$tool: it is broken today" >&2; exit 1';
const forSeconds = (seconds: number) => `read -r now rest </proc/uptime; now=\${now%%.*}
[ -s $S/since ] || echo $now >$S/since; read -r since <$S/since
[ $now -ge $((since + ${seconds})) ] || { ${FAILS}; }`;
const undo = (does: Mischief["does"], tools: readonly string[] = [], k = 0): Mischief => ({
  ...{ caller: "undo", tools, k, does },
});
export const BACK_FAULTS: readonly (readonly [string, Mischief, Whose])[] = [
  ["ip fails for twelve seconds", undo({ shell: forSeconds(12) }, ["ip"]), "watchers"],
  ["iptables-restore fails for twelve seconds", undo({ shell: forSeconds(12) }, ["iptables-restore"]), "watchers"],
  ["ip takes eight seconds once", undo({ late: 8 }, ["ip"], 2), "watchers"],
  ["iptables-restore takes eight seconds once", undo({ late: 8 }, ["iptables-restore"], 1), "watchers"],
  ...[2, 3, 5, 8].map((k) => [`ip fails at its call ${k}`, undo({ fail: 2 }, ["ip"], k), "watchers"] as const),
  ...[1, 2].map(
    (k) => [`iptables-restore fails at its call ${k}`, undo({ fail: 4 }, ["iptables-restore"], k), "watchers"] as const,
  ),
  ["ip fails at its call 3", undo({ fail: 2 }, ["ip"], 3), "operator"],
  ["iptables-restore fails at its call 1", undo({ fail: 4 }, ["iptables-restore"], 1), "operator"],
];
export const f10Back = (change: Change, [name, mischief, whose]: (typeof BACK_FAULTS)[number]): Case =>
  back("F10", `in the way back ${name}`, change, mischief, whose);
