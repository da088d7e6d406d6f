/**
 * What Node has compiled is kept for the next process: each command starts one or two, and reading these sources anew is more
 * than half of the start of each.
 */
import { lstatSync, mkdirSync } from "node:fs";
import module from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Works for what is loaded after it. Node's own default is a fixed name in a folder that everybody can write to, where a
 * neighbour could lay out code for us: hence a folder of the user's own. `NODE_COMPILE_CACHE` and `NODE_DISABLE_COMPILE_CACHE`
 * are heeded (nodejs.org/api/module.html, module compile cache). Without a home that can be written to, or with a folder of
 * somebody else's in that place, there is no cache.
 */
export function keepCompiled(): void {
  const caches = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const folder = join(caches, "pulumi-multiwan");
  for (const wanted of [caches, folder])
    try {
      mkdirSync(wanted, { mode: 0o700 });
    } catch {
      // It is there, or there will be no cache: slower, that is all.
    }
  // Not left to Node, whose recursive mkdir never ends where there can be no folder (procfs says ENOENT).
  if (isOurs(folder)) module.enableCompileCache(folder);
}

function isOurs(folder: string): boolean {
  try {
    const { uid } = lstatSync(folder);
    return uid === (process.getuid?.() ?? uid);
  } catch {
    return false;
  }
}

/** Writes it down now: a provider process may be killed at its end. */
export function writeCompiled(): void {
  module.flushCompileCache();
}
