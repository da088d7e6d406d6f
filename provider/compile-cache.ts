/**
 * What Node has compiled is kept for the next process: each command starts one or two, and reading these sources anew is more
 * than half of the start of each.
 */
import { lstatSync, mkdirSync } from "node:fs";
import module from "node:module";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/**
 * Works for what is loaded after it. Node's own default is a fixed name in a folder that everybody can write to, where a
 * neighbour could lay out code for us: hence a folder of the user's own. `NODE_COMPILE_CACHE` and `NODE_DISABLE_COMPILE_CACHE`
 * are heeded (nodejs.org/api/module.html, module compile cache). Without a home that can be written to, or with a folder of
 * somebody else's in that place, there is no cache.
 */
export function keepCompiled(): void {
  try {
    const asked = process.env.XDG_CACHE_HOME ?? "";
    // The XDG Base Directory Specification: a relative path is to be ignored.
    const caches = isAbsolute(asked) ? asked : join(homedir(), ".cache");
    const folder = join(caches, "pulumi-multiwan");
    for (const wanted of [caches, folder]) makeFolder(wanted);
    // Not left to Node, whose recursive mkdir never ends where there can be no folder (procfs says ENOENT).
    const { uid } = lstatSync(folder);
    if (uid === (process.getuid?.() ?? uid)) module.enableCompileCache(folder);
  } catch {
    // No home, or no folder: slower, that is all.
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch {
    // It is there already, most often.
  }
}

/** Writes it down now: a provider process may be killed at its end. */
export function writeCompiled(): void {
  module.flushCompileCache();
}
