/**
 * Lines that a router cannot have without their device. Of one that is down the kernel took the routes away, and refuses to add others
 * ("Nexthop has invalid gateway", "Network is down"); of one that is gone, its addresses and settings too. Neither may stand in the
 * way of a change, of the default that moves to a living link first of all. Such lines stay declared and listed in the manifest, and
 * come once the device is there. Pure.
 */
import { formatLine } from "../dialects/fragment.ts";
import { type Fragment, isMainDefault, type Line, type TableNames } from "../model/line.ts";
import { escaped } from "../model/printable.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { deviceOfSetting } from "../model/sysctl-key.ts";
import type { Live } from "./live.ts";

/** Is it not there, and can it not be put there now? One that would take another's place does not wait: the other would stay. */
export function isWaiting(line: Line, live: Live, { devices }: Pick<Snapshot, "devices">): boolean {
  const device = needed(line);
  if (device === undefined) return false;
  const there = devices.find(({ name }) => name === device);
  const waits = there === undefined || (line.kind === "route" && !there.up);
  return waits && live.inSlot(line).length === 0;
}

/** The device without which the kernel does not take the line. Policy rules and rules of iptables it takes without one. */
function needed(line: Line): string | undefined {
  if (line.kind === "route" || line.kind === "address") return line.device;
  return line.kind === "sysctl" ? deviceOfSetting(line.key) : undefined;
}

/** Do the lines name the device? */
export function namesDevice(lines: Fragment, device: string): boolean {
  return lines.some(
    (line) =>
      needed(line) === device ||
      formatLine(line)
        .flatMap((text) => text.split(/\s+/))
        .includes(device),
  );
}

/** What a preview says of them, one sentence for each device. */
export function sayWaiting(
  desired: Fragment,
  live: Live,
  router: Pick<Snapshot, "devices">,
  names: TableNames,
): string[] {
  const waiting = desired.filter((line) => isWaiting(line, live, router));
  return [...Map.groupBy(waiting, needed)].map(([device, lines]) => {
    const texts = lines.map((line) => `"${formatLine(line, names)[0]}"`).join(", ");
    const switched = lines.some(isMainDefault)
      ? ". The main table has no such default route meanwhile: name another link as default"
      : "";
    const is = router.devices.some(({ name }) => name === device)
      ? `is down, and the kernel takes no route there: the next up once it is up`
      : `is not there: the next up once it is`;
    return escaped(`${device} ${is} puts ${texts}${switched}`);
  });
}
