/** What must hold at every moment of a rollback, seen from outside: one process at a time, and under the lock. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "../../lab/index.ts";
import type { Finding } from "./judge.ts";

interface Process {
  readonly pid: string;
  readonly line: string;
  readonly parent: string;
}

const IS_ROLLBACK = /\/tx\.[0-9a-f]+\/undo\.sh/;

/** Looks ten times a second, until it is asked. */
export function witness({ router }: Lab): () => readonly Finding[] {
  const proc = join(router.root, "proc");
  const lock = join(router.root, "run/multiwan/lock");
  const findings = new Map<string, Finding>();
  const roots = new Set<string>();
  const orphans = new Map<string, number>();
  const look = () => {
    const rolling = rollbacksIn(proc);
    // What is left of one that was killed has no parent any more, and is none of its own.
    note(rolling, roots, orphans);
    const alive = rolling.filter(({ pid }) => roots.has(pid));
    const find = (text: string) => void findings.set(text, { verdict: "unexplained", text });
    if (alive.length > 1) find("two processes roll back at once");
    if (alive.length > 0 && !existsSync(lock) && rollbacksIn(proc).some(({ pid }) => pid === alive[0]!.pid))
      find("a change is rolled back without the lock");
  };
  const timer = setInterval(look, 100);
  return () => {
    clearInterval(timer);
    return [...findings.values()];
  };
}

/** Which of them roll back, and are not a part of another that does. */
function note(rolling: readonly Process[], roots: Set<string>, orphans: Map<string, number>): void {
  for (const { pid, parent } of rolling) {
    if (parent !== "1" && !rolling.some((other) => other.pid === parent)) roots.add(pid);
    // What is left of one that was killed has no parent any more, and soon ends.
    if (parent === "1") orphans.set(pid, (orphans.get(pid) ?? 0) + 1);
    if ((orphans.get(pid) ?? 0) > 15) roots.add(pid);
  }
}

function rollbacksIn(proc: string): readonly Process[] {
  return readdirSync(proc)
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const line = readFileSync(join(proc, pid, "cmdline"), "utf8");
        if (!IS_ROLLBACK.test(line)) return [];
        const parent = /^PPid:\s*(\d+)/m.exec(readFileSync(join(proc, pid, "status"), "utf8"))?.[1] ?? "";
        return [{ pid, line, parent }];
      } catch {
        // It has ended.
        return [];
      }
    });
}
