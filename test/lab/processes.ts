/** A router's processes as the host sees them. */
import { readFileSync } from "node:fs";
import type { Router } from "./router.ts";

/** The host's number of the router's first process. */
export const firstProcess = ({ root }: Router): number => Number(/\d+/.exec(root)![0]);

/** A process and all that it has started and that still run. */
export function descendants(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  return [pid, ...children.flatMap(descendants)];
}
