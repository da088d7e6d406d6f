/** What a command cost: time, logins, and processor time of the router, whose processes are in a control group. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "../lab/index.ts";
import { descendants, firstProcess } from "../lab/processes.ts";

export interface Cost {
  readonly seconds: number;
  readonly logins: number;
  /** Seconds of processor; undefined where there is no control group that can be written to. */
  readonly processor: number | undefined;
}

export interface Meter extends Disposable {
  measure(work: () => Promise<void>): Promise<Cost>;
}

export function createMeter(lab: Lab): Meter {
  const v1 = existsSync("/sys/fs/cgroup/cpuacct");
  const parent = v1 ? "/sys/fs/cgroup/cpuacct" : "/sys/fs/cgroup";
  const dir = join(parent, `${lab.id}-bench`);
  let used: () => number | undefined = () => undefined;
  try {
    mkdirSync(dir);
    for (const pid of descendants(firstProcess(lab.router))) writeFileSync(join(dir, "cgroup.procs"), String(pid));
    used = v1
      ? () => Number(readFileSync(join(dir, "cpuacct.usage"), "utf8")) / 1e9
      : () => Number(/usage_usec (\d+)/.exec(readFileSync(join(dir, "cpu.stat"), "utf8"))![1]) / 1e6;
  } catch {
    // Seconds and logins are told all the same.
  }
  return {
    measure: async (work) => {
      const [logins, processor, begun] = [await lab.router.handshakes(), used(), performance.now()];
      await work();
      const seconds = (performance.now() - begun) / 1000;
      const now = used();
      return {
        seconds,
        logins: (await lab.router.handshakes()) - logins,
        processor: processor !== undefined && now !== undefined ? now - processor : undefined,
      };
    },
    [Symbol.dispose]: () => {
      try {
        for (const pid of readFileSync(join(dir, "cgroup.procs"), "utf8").split("\n").filter(Boolean))
          writeFileSync(join(parent, "cgroup.procs"), pid);
        rmdirSync(dir);
      } catch {
        // Something was started in this moment: the folder is empty when it ends.
      }
    },
  };
}
