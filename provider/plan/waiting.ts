/**
 * Routes by a device that is down. The kernel takes those that were there away and refuses to add others ("Nexthop has invalid
 * gateway", "Network is down"), so that a dead link would stand in the way of every change, of the default that moves to a living
 * one first of all. They stay declared and listed in the manifest, and come once the device is up. Pure.
 */
import { formatLine } from "../kernel/fragment.ts";
import { type Fragment, isMainDefault, type Line, type TableNames } from "../kernel/line.ts";
import type { Snapshot } from "../kernel/snapshot.ts";
import { escaped } from "../router/printable.ts";
import type { Live } from "./live.ts";

/** Is it not there, and can it not be put there now? One that would take another's place does not wait: the other would stay. */
export function isWaiting(line: Line, live: Live, { devices }: Pick<Snapshot, "devices">): boolean {
  if (line.kind !== "route" || line.device === undefined) return false;
  if (!devices.some(({ name, up }) => name === line.device && !up)) return false;
  return live.inSlot(line).length === 0;
}

/** What a preview says of them, one sentence for each device. */
export function sayWaiting(
  desired: Fragment,
  live: Live,
  router: Pick<Snapshot, "devices">,
  names: TableNames,
): string[] {
  const routes = desired.filter((line) => line.kind === "route").filter((line) => isWaiting(line, live, router));
  return [...Map.groupBy(routes, ({ device }) => device)].map(([device, lines]) => {
    const texts = lines.map((line) => `"${formatLine(line, names)[0]}"`).join(", ");
    const switched = lines.some(isMainDefault)
      ? ". The main table has no such default route meanwhile: name another link as default"
      : "";
    return escaped(
      `${device} is down, and the kernel takes no route there: the next up once it is up puts ${texts}${switched}`,
    );
  });
}
