/** What befalls the confirm itself: its shell is killed, it hangs, or it comes when its time has just ended. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bench } from "../bench.ts";
import { type Finding, TORN } from "../judge.ts";
import { misbehave } from "../shims.ts";
import { type Case, type Change, ended, make, missed, told, untilHit } from "./case.ts";

/** Tools of the confirm, in the order in which it first calls them: what it renames, and what it writes to the disk with. */
export const CONFIRM_TOOLS = ["mv", "cat", "sync", "ln"] as const;
export type ConfirmTool = (typeof CONFIRM_TOOLS)[number];

/**
 * F3: the operator's shell on the router is killed in the confirm, and the operator with it or not. What is confirmed stays, whole
 * on the disk, whoever is left to write it.
 */
export const f3Confirm = (
  change: Change,
  tool: ConfirmTool,
  when: "before" | "after",
  operator: "goes on" | "is gone",
): Case =>
  make("F3", `the confirm killed ${when} ${tool}, the operator ${operator}`, change, async (bench, judge) => {
    const run = await bench.operator.run(bench.command(change[1], { at: "confirm-sending", act: "stop" }));
    if (!(await run.reached)) return [missed("confirm-sending")];
    await misbehave(bench.lab, { caller: "session", tools: [tool], k: 1, when, does: { kill: true } });
    bench.operator.go();
    const hit = await untilHit(bench.lab, bench.confirm);
    if (hit && operator === "is gone") await bench.operator.kill();
    const torn = hit ? await bench.lab.router.exec(TORN) : "";
    const answer = await run.done;
    if (!hit) return [missed(tool), ...(await judge([...change], { returned: told(answer) }))];
    const confirmed = tool !== "mv" || when === "after";
    const odd: Finding[] = /boot/.test(torn) ? [{ verdict: "torn", text: `for a moment: ${torn}` }] : [];
    return [...odd, ...(await judge([confirmed ? change[1] : change[0]], { returned: told(answer) }))];
  });

/** F3: the begin is killed behind its lock, before anything is armed, and the operator is gone: the lock ends by itself. */
export const f3Begin = (change: Change): Case =>
  make("F3", "the begin killed behind its lock, the operator is gone", change, async (bench, judge) => {
    const run = await bench.operator.run(bench.command(change[1], { at: "begin-sending", act: "stop" }));
    if (!(await run.reached)) return [missed("begin-sending")];
    await misbehave(bench.lab, { caller: "session", tools: ["cat"], k: 1, when: "after", does: { kill: true } });
    bench.operator.go();
    const hit = await untilHit(bench.lab, bench.confirm);
    await bench.operator.kill();
    const left = await bench.settled();
    if (!hit) return [missed("the first file of a change"), ...(await judge([...change], { left, mayLeave: true }))];
    return ended(bench, left, (options) => judge([change[0]], options));
  });

/** F3: the apply is killed when it is about to write main's default route: the way back takes no other default for that one. */
export const f3Default = (change: Change): Case =>
  make("F3", "apply killed before the default route", change, async (bench, judge) => {
    const shell = `case "$* " in "route "*" default "*) : >$S/killed; kill -9 "$top"; exit 137 ;; esac`;
    await misbehave(bench.lab, { caller: "apply", tools: ["ip"], does: { shell } });
    const answer = await bench.try(change[1]);
    const left = await bench.settled();
    const hit = await bench.lab.router.exec("rm /usr/local/sbin/.shim/killed 2>/dev/null && echo hit || :");
    const findings = await ended(bench, left, (options) => judge([...change], { ...options, returned: told(answer) }));
    return hit === "" ? [...findings, missed("the default route")] : findings;
  });

/** F10: the confirm hangs at its first command until the router has begun to roll back: then it is too late. */
export const f10Confirm = (change: Change): Case =>
  make("F10", "the confirm hangs until the way back has begun", change, async (bench, judge) => {
    const run = await bench.operator.run(bench.command(change[1], { at: "confirm-sending", act: "stop" }));
    if (!(await run.reached)) return [missed("confirm-sending")];
    await misbehave(bench.lab, { caller: "session", k: 1, does: { shell: UNTIL_FIRING } });
    bench.operator.go();
    const answer = await run.done;
    return judge([change[0]], { returned: told(answer), mustHit: true });
  });
const UNTIL_FIRING =
  "i=0; until ls /run/multiwan/tx.*/firing >/dev/null 2>&1 || [ $i -gt 300 ]; do i=$((i + 1)); sleep 0.1; done";

/** F2: the confirm leaves when the time has just ended, and mostly before a watcher has looked: it does not count. */
export const f2OverTime = (change: Change): Case =>
  make("F2", "the confirm is sent when the time has just ended", change, async (bench, judge) => {
    const run = await bench.operator.run(bench.command(change[1], { at: "confirm-sending", act: "stop" }));
    if (!(await run.reached)) return [missed("confirm-sending")];
    const deadline = await deadlineOf(bench);
    if (deadline === undefined) return [missed("a deadline")];
    while (uptime() < deadline) await sleep(2);
    bench.operator.go();
    const answer = await run.done;
    return judge([change[0]], { returned: told(answer) });
  });

const uptime = () => Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);

/** Second of the router's uptime at which the change that is under way ends. */
async function deadlineOf({ lab }: Bench): Promise<number | undefined> {
  const text = await lab.router.exec("cat /run/multiwan/tx.*/deadline 2>/dev/null || :");
  return text.trim() === "" ? undefined : Number(text);
}
