/** Foreign routes that the kernel takes away of its own accord when an address goes. Pure. */
import { formatLine } from "../dialects/fragment.ts";
import { lineKey } from "../dialects/line-key.ts";
import type { Issue } from "../kinds/kind.ts";
import {
  type AddressLine,
  type Fragment,
  type Line,
  LOCAL_TABLE,
  type RouteLine,
  type TableNames,
} from "../model/line.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { type Manifest, ownersOf } from "./manifest.ts";
import type { Plan } from "./plan.ts";

export interface TakenAlong {
  readonly owner: string;
  readonly address: AddressLine;
  readonly routes: readonly RouteLine[];
}

/**
 * Foreign routes that would go with addresses which are removed: those that name one of them as their source
 * (fib_sync_down_addr in net/ipv4/fib_semantics.c), and all over a device that keeps no address (fib_disable_ip). The kernel does
 * not take them back while the address is away, so that nothing but leaving the address, or the route's owner, can keep them.
 */
export function goesWith(
  going: readonly AddressLine[],
  { addresses, routes }: Pick<Snapshot, "addresses" | "routes">,
  isForeign: (line: Line) => boolean,
): { address: AddressLine; routes: RouteLine[] }[] {
  const place = ({ device, address, prefix }: AddressLine) => `${device} ${address}/${prefix}`;
  const gone = new Set(going.map(place));
  const staying = addresses.filter((line) => !gone.has(place(line)));
  const foreign = routes.filter((r) => r.table !== LOCAL_TABLE && r.protocol !== "kernel" && isForeign(r));
  return going
    .map((address) => {
      const isSource = !staying.some((other) => other.address === address.address);
      const isLast = !staying.some((other) => other.device === address.device);
      const lost = foreign.filter(
        (r) => (isSource && r.source === address.address) || (isLast && r.device === address.device),
      );
      return { address, routes: lost };
    })
    .filter((one) => one.routes.length > 0);
}

/** What a whole plan would take along. */
export function takenAlong(plan: Plan, snapshot: Snapshot, manifest: Manifest): TakenAlong | undefined {
  const owned = plan.unwanted.filter(({ line }) => line.kind === "address");
  const planned = new Set([...plan.wanted, ...plan.unwanted].map(({ line }) => lineKey(line)));
  const isForeign = (line: Line) => ownersOf(manifest, line).length === 0 && !planned.has(lineKey(line));
  const [first] = goesWith(addressesOf(owned.map(({ line }) => line)), snapshot, isForeign);
  return first && { ...first, owner: owned.find(({ line }) => line === first.address)!.owner };
}

/** What a preview says of it: another resource may want the address as well, so that only the update refuses. */
export function leavingRoutes(
  had: Fragment,
  desired: Fragment,
  snapshot: Snapshot,
  isForeign: (line: Line) => boolean,
  names: TableNames,
): string[] {
  const kept = new Set(desired.map(lineKey));
  const going = addressesOf(had).filter((line) => !kept.has(lineKey(line)));
  return goesWith(going, snapshot, isForeign).map(
    ({ address, routes }) =>
      `up refuses to remove ${address.address} from ${address.device}: the kernel would take along ${sayRoutes(routes, names)}`,
  );
}

/** Addresses to adopt that would take foreign routes along. @param declared of all resources: what one of them wants stays */
export function adoptedAlong(
  adopt: Fragment,
  declared: Fragment,
  snapshot: Snapshot,
  isForeign: (line: Line) => boolean,
  names: TableNames,
): Issue[] {
  const kept = new Set(declared.map(lineKey));
  const there = new Set(snapshot.addresses.map(lineKey));
  const going = addressesOf(adopt).filter((line) => there.has(lineKey(line)) && !kept.has(lineKey(line)));
  return goesWith(going, snapshot, (line) => isForeign(line) && !kept.has(lineKey(line))).map(
    ({ address, routes }) => ({
      path: ["replace"],
      message: `${address.address} cannot be replaced on ${address.device}: the kernel would take along ${sayRoutes(routes, names)}. List it under replace as well, give it another source, or remove it by hand`,
    }),
  );
}

/** `"default via ... src 123.234.1.11"` and how many more. */
export function sayRoutes(routes: readonly RouteLine[], names?: TableNames): string {
  const shown = routes.slice(0, 3).map((route) => `the foreign route "${formatLine(route, names)[0]}"`);
  return `${shown.join(", ")}${routes.length > 3 ? ` and ${routes.length - 3} more` : ""}`;
}

function addressesOf(lines: readonly Line[]): AddressLine[] {
  return lines.filter((line): line is AddressLine => line.kind === "address");
}
