/** F12: a router that has next to no processor, a line that is slow: nothing is taken back before its time. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { controlGroup } from "../../../lab/control-group.ts";
import { firstProcess } from "../../../lab/processes.ts";
import type { Finding } from "../judge.ts";
import { type Line, startLine } from "../line.ts";
import { type Case, type Change, make, missed, told } from "./case.ts";

export interface Slowness {
  /** Hundredths of one processor that the router has; 100 is all of it. */
  readonly cpu: number;
  /** Milliseconds there and back. */
  readonly rtt: number;
}
export const SLOWNESS: readonly Slowness[] = [
  { cpu: 100, rtt: 200 },
  { cpu: 20, rtt: 0 },
  { cpu: 5, rtt: 0 },
  { cpu: 5, rtt: 200 },
  { cpu: 2, rtt: 200 },
];

/** The time to confirm is the one that a router gets that has no setting. */
export const f12 = (change: Change, { cpu, rtt }: Slowness): Case =>
  make("F12", `${cpu} % of a processor, ${rtt} ms there and back`, change, async (bench, judge) => {
    const { lab } = bench;
    const first = firstProcess(lab.router);
    const group = cpu < 100 ? controlGroup(lab, "cpu", quota(cpu)) : undefined;
    if (cpu < 100 && !group) return [missed("no cgroup with the processor in it that can be written to")];
    let line: Line | undefined;
    const watch = watchDeadline(`/proc/${first}/root/run/multiwan`);
    try {
      const { confirmTimeout: _, ...settings } = bench.settings;
      line = rtt > 0 ? await startLine(lab, rtt / 2) : undefined;
      // A login at 2 % takes longer than the bench waits elsewhere.
      const router = {
        ...settings,
        connectTimeout: 120,
        exchangeTimeout: 120,
        ...(line && { host: "127.0.0.1", port: line.port }),
      };
      const answer = await bench.try(change[1], { router });
      const { given, used } = await watch();
      group?.leave();
      bench.note = `confirmed after ${used} of ${given} seconds`;
      const odd = (text: string): Finding => ({ verdict: "unexplained", text });
      return [
        ...Object.values(answer.failures).slice(0, 1).map(odd),
        ...(used > given / 2 ? [odd(`${used} of ${given} seconds to confirm`)] : []),
        ...(await judge([change[1]], { returned: told(answer) })),
      ];
    } finally {
      await watch();
      group?.leave();
      line?.close();
    }
  });

/** That much of a processor for all of the router's processes. */
const quota = (percent: number) => (v1: boolean) => {
  if (!v1) return [["cpu.max", `1000 ${Math.round(100_000 / percent)}`]] as const;
  return [
    ["cpu.cfs_period_us", "10000"],
    ["cpu.cfs_quota_us", String(Math.max(1000, percent * 100))],
    // A quota is at least a millisecond.
    ...(percent < 10 ? [["cpu.cfs_period_us", String(Math.round(100_000 / percent))] as const] : []),
  ] as const;
};

/** Looks at the router's files from outside, since a process in there would be slow too. */
function watchDeadline(dir: string): () => Promise<{ given: number; used: number }> {
  const uptime = () => Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);
  let from = 0;
  let given = Number.POSITIVE_INFINITY;
  let used = 0;
  const timer = setInterval(() => {
    try {
      const run = readdirSync(dir).find((name) => name.startsWith("tx."));
      if (!run || !existsSync(join(dir, run, "armed"))) return;
      from ||= uptime();
      given = Number(readFileSync(join(dir, run, "deadline"), "utf8")) - Math.floor(from);
      used = Math.round((uptime() - from) * 10) / 10;
    } catch {
      // It has ended.
    }
  }, 50);
  return async () => {
    clearInterval(timer);
    return { given, used };
  };
}
