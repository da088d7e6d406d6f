/** The Pulumi CLI that has started this policy pack: a pack is not told where it was called, nor with which `--config-file`. */
import { readFileSync, readlinkSync } from "node:fs";
import { basename, resolve } from "node:path";

export interface Caller {
  /** Its folder, behind `--cwd`. */
  readonly folder: string;
  /** What `--config-file` names, from there. */
  readonly configFile?: string;
}

/** What Linux tells of a process; undefined where it does not. */
export interface Process {
  readonly argv: readonly string[];
  readonly parent: number;
  readonly folder: string;
}

export type Processes = (pid: number) => Process | undefined;

/** The nearest `pulumi` above. @returns undefined where none is found, as on other systems than Linux */
export function callerOf(pid: number, processes: Processes = proc): Caller | undefined {
  for (let one = processes(pid), i = 0; one !== undefined && i < MOST; one = processes(one.parent), i++)
    if (basename(one.argv[0] ?? "") === "pulumi") return called(one);
  return undefined;
}

/** More generations than any runner has. */
const MOST = 100;

function called({ argv, folder }: Process): Caller {
  const i = argv.findIndex((text) => text === "--config-file" || text.startsWith("--config-file="));
  const given = argv[i]?.startsWith("--config-file=") ? argv[i].slice("--config-file=".length) : argv[i + 1];
  return { folder, ...(i > 0 && given !== undefined && { configFile: resolve(folder, given) }) };
}

/** /proc of Linux: proc(5). */
function proc(pid: number): Process | undefined {
  try {
    const argv = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
    // The name in brackets may hold blanks and brackets.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    return { argv, parent, folder: readlinkSync(`/proc/${pid}/cwd`) };
  } catch {
    return undefined;
  }
}
