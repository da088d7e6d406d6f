/** A control group of a router's processes, those that they start later included; both versions of cgroups. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "./index.ts";
import { descendants, firstProcess } from "./processes.ts";

export interface ControlGroup {
  readonly v1: boolean;
  /** The text of one of its files. */
  read(file: string): string;
  /** Lets the processes go, and takes the group away. */
  leave(): void;
}

/**
 * @param controller of version 1, such as `cpu`, `pids`; version 2 has one tree for all
 * @param settings written before the first process comes, in this order
 * @returns undefined where there is no group that can be written to
 */
export function controlGroup(
  lab: Lab,
  controller: "cpu" | "cpuacct" | "pids",
  settings: (v1: boolean) => readonly (readonly [file: string, text: string])[] = () => [],
): ControlGroup | undefined {
  const v1 = existsSync(join("/sys/fs/cgroup", controller));
  const parent = v1 ? join("/sys/fs/cgroup", controller) : "/sys/fs/cgroup";
  const dir = join(parent, `${lab.id}-${controller}`);
  try {
    mkdirSync(dir);
    for (const [file, text] of settings(v1)) writeFileSync(join(dir, file), text);
  } catch {
    return undefined;
  }
  move(dir, descendants(firstProcess(lab.router)));
  let over = false;
  return {
    v1,
    read: (file) => readFileSync(join(dir, file), "utf8"),
    leave: () => {
      if (over) return;
      over = true;
      move(parent, readFileSync(join(dir, "cgroup.procs"), "utf8").split("\n").filter(Boolean).map(Number));
      try {
        rmdirSync(dir);
      } catch {
        // Something was started in this moment: the folder is empty when it ends.
      }
    },
  };
}

function move(to: string, pids: readonly number[]): void {
  for (const pid of pids)
    try {
      writeFileSync(join(to, "cgroup.procs"), String(pid));
    } catch {
      // It has ended.
    }
}
