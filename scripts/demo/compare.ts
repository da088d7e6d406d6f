import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const lineCount = (text: string): number => text.trimEnd().split("\n").length;

/** The difference of two dumps as `diff -u` tells it; empty if there is none. */
export function difference(before: string, after: string): string {
  if (before === after) return "";
  const dir = mkdtempSync(join(tmpdir(), "multiwan-demo-"));
  try {
    writeFileSync(join(dir, "before"), before);
    writeFileSync(join(dir, "after"), after);
    return spawnSync("diff", ["-u", "before", "after"], { cwd: dir, encoding: "utf8" }).stdout || "they differ";
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
