/** A router's processes as the host sees them. */
import { readFileSync } from "node:fs";
import type { Router } from "./router.ts";

/** The host's number of the router's first process. */
export const firstProcess = ({ root }: Router): number => Number(/\d+/.exec(root)![0]);

/** A process and all that it has started and that still run. */
export const descendants = (pid: number): number[] => [pid, ...childrenOf(pid).flatMap(descendants)];

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  } catch {
    // It has ended since it was listed.
    return [];
  }
}
