import { spawnSync } from "node:child_process";
import { readdirSync, readlinkSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ownerOf } from "./names.ts";

const NETNS = "/run/netns";

/** Ends every process inside the namespaces of `id`, then removes the namespaces and the directories. */
export const removeLab = async (id: string): Promise<void> => {
  const namespaces = ours(NETNS, id);
  for (let round = 0; killInside(namespaces) > 0; round++) {
    if (round > 500) throw new Error(`lab ${id}: processes in its namespaces do not end`);
    await sleep(5);
  }
  remove(id, namespaces);
};

/** The same without waiting, for the moment in which the process ends. */
export const removeLabNow = (id: string): void => {
  const namespaces = ours(NETNS, id);
  killInside(namespaces);
  remove(id, namespaces);
};

/** Removes what labs of dead processes left behind and answers their ids. */
export const sweep = async (): Promise<readonly string[]> => {
  const dead = [...names(NETNS), ...names(tmpdir())].filter((name) => {
    const pid = ownerOf(name);
    return pid !== undefined && !isAlive(pid);
  });
  const ids = [...new Set(dead.map((name) => name.split("-").slice(0, 2).join("-")))];
  for (const id of ids) await removeLab(id);
  return ids;
};

export const names = (dir: string): string[] => {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
};

const ours = (dir: string, id: string): string[] => names(dir).filter((name) => name.startsWith(`${id}-`));

const remove = (id: string, namespaces: readonly string[]): void => {
  const input = namespaces.map((name) => `netns del ${name}\n`).join("");
  // Another sweeper may have been faster with some of them, which is as good.
  if (input !== "") spawnSync("ip", ["-force", "-batch", "-"], { input });
  for (const dir of ours(tmpdir(), id)) rmSync(join(tmpdir(), dir), { recursive: true, force: true });
};

/** Sends SIGKILL to whoever runs in one of the namespaces and answers how many there were. */
const killInside = (namespaces: readonly string[]): number => {
  const inodes = new Set(namespaces.map((name) => inodeOf(join(NETNS, name))));
  const inside = names("/proc").filter((pid) => /^\d+$/.test(pid) && inodes.has(netOf(pid)));
  for (const pid of inside) kill(Number(pid));
  return inside.length;
};

const inodeOf = (path: string): string => {
  try {
    return `net:[${statSync(path).ino}]`;
  } catch {
    return "gone";
  }
};

const netOf = (pid: string): string => {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return "";
  }
};

const kill = (pid: number): void => {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself in between.
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
};
