/** A control group of a router's processes, those that they start later included; both versions of cgroups. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "./index.ts";
import { workOf } from "./processes.ts";

export interface ControlGroup {
  readonly v1: boolean;
  /** The text of one of its files. */
  read(file: string): string;
  write(file: string, text: string): void;
  /** Takes in those that have left it by themselves. */
  gather(): void;
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
  controller: "cpu" | "cpuacct" | "memory" | "pids",
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
  const members = () => readFileSync(join(dir, "cgroup.procs"), "utf8").split("\n").filter(Boolean).map(Number);
  const gather = () => {
    const there = new Set(members());
    move(
      dir,
      workOf(lab.router).filter((pid) => !there.has(pid)),
    );
  };
  gather();
  let over = false;
  return {
    v1,
    read: (file) => readFileSync(join(dir, file), "utf8"),
    write: (file, text) => writeFileSync(join(dir, file), text),
    gather,
    leave: () => {
      if (over) return;
      over = true;
      move(join(parent, ownGroup(v1 ? controller : "")), members());
      try {
        rmdirSync(dir);
      } catch {
        // Something was started in this moment: the folder is empty when it ends.
      }
    },
  };
}

/** Where this process is, and where the router's came from. */
function ownGroup(controller: string): string {
  for (const line of readFileSync("/proc/self/cgroup", "utf8").split("\n")) {
    const [, names = "", path = ""] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (path !== "" && names.split(",").includes(controller)) return path;
  }
  return "";
}

function move(to: string, pids: readonly number[]): void {
  for (const pid of pids)
    try {
      writeFileSync(join(to, "cgroup.procs"), String(pid));
    } catch {
      // It has ended.
    }
}
