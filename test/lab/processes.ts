/** A router's processes as the host sees them. */
import { readFileSync } from "node:fs";
import type { Router } from "./router.ts";

/** The host's number of the router's first process. */
export const firstProcess = ({ root }: Router): number => Number(/\d+/.exec(root)![0]);

/** A process and all that it has started and that still run. */
export const descendants = (pid: number): number[] => [pid, ...childrenOf(pid).flatMap(descendants)];

/** All but the two that keep the lab's router alive: the first process, and what it waits for. */
export function workOf(router: Router): number[] {
  const first = firstProcess(router);
  return childrenOf(first)
    .filter((pid) => nameOf(pid) !== "cat")
    .flatMap(descendants);
}

/** "" for one that has ended. */
export function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "";
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  } catch {
    // It has ended since it was listed.
    return [];
  }
}
