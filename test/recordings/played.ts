/** A play in a process of its own, whose clock and random numbers are fixed. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const folderOf = (name: string) => join(import.meta.dirname, name);

/** @returns the texts by name */
export function played(from: string, ...argv: string[]): ReadonlyMap<string, string> {
  const out = mkdtempSync(join(tmpdir(), "multiwan-played-"));
  try {
    const main = join(import.meta.dirname, "index.ts");
    const command = [
      "--disable-warning=ExperimentalWarning",
      main,
      "play",
      "--from",
      from,
      "--out",
      out,
      "--jobs",
      "1",
    ];
    const { status, stderr } = spawnSync(process.execPath, [...command, ...argv], { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    return textsIn(out);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

export const textsIn = (folder: string): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );
