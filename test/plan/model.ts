/** A router as nothing but lines: enough to see who owns what after a sequence of changes. */

import { lineKey, lineSlot } from "../../provider/dialects/line-key.ts";
import type { Fragment } from "../../provider/model/line.ts";
import type { Live } from "../../provider/plan/live.ts";
import type { Owned } from "../../provider/plan/settlement.ts";

export function liveFrom(lines: Fragment): Live {
  const keys = new Set(lines.map(lineKey));
  return {
    lines,
    has: (line) => keys.has(lineKey(line)),
    inSlot: (line) => lines.filter((l) => lineSlot(l) === lineSlot(line)),
  };
}

/** What the commands of a settlement leave: a put takes the place of what stands there, a drop takes the line itself. */
export function applied(lines: Fragment, put: readonly Owned[], drop: readonly Owned[]): Fragment {
  const after = new Map(lines.map((line) => [lineKey(line), line]));
  for (const { line } of drop) {
    if (!after.delete(lineKey(line))) throw new Error(`dropped what is not there: ${lineKey(line)}`);
    if (line.kind === "sysctl") throw new Error("a kernel setting cannot be dropped");
  }
  for (const { line } of put) {
    for (const [key, there] of after) if (lineSlot(there) === lineSlot(line)) after.delete(key);
    after.set(lineKey(line), line);
  }
  return [...after.values()];
}

export function keysOf(lines: Fragment): string[] {
  return lines.map(lineKey).sort();
}
