/** What several kinds check of a device and of a gateway behind it. */
import { contains } from "../model/ip.ts";
import { MAIN_TABLE } from "../model/line.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Issue, View } from "./kind.ts";

/** One that was there when the resource was applied last is no mistake: its lines wait (plan/waiting.ts). */
export function refuseMissingDevice(
  { snapshot, wasOn }: Pick<View, "snapshot" | "wasOn">,
  device: string,
  path: Issue["path"],
): Issue[] {
  if (snapshot.devices.some((d) => d.name === device) || wasOn?.(device)) return [];
  const known = snapshot.devices.map((d) => d.name).filter((name) => name !== "lo");
  return [{ path, message: `the router has no device ${device}; it has ${known.join(", ") || "none"}` }];
}

/** A link whose address or gateway comes and goes is another job: its routes would be wrong after the next lease. */
export function refuseDynamicLink(snapshot: Snapshot, device: string, path: Issue["path"]): Issue[] {
  const found = snapshot.devices.find((d) => d.name === device);
  if (!found) return [];
  if (found.type === "ppp" || (found.pointToPoint && /^(ppp|wwan)/.test(device)))
    return [{ path, message: `${device} is a PPP link; only links with a static gateway are supported so far` }];
  const leased = snapshot.addresses.find((a) => a.device === device && a.dynamic);
  if (leased)
    return [
      {
        path,
        message: `${device} has its address ${leased.address} from DHCP; only links with a static address and gateway are supported so far`,
      },
    ];
  return [];
}

/**
 * The kernel answers "Nexthop has invalid gateway" to such a route: say it before anything is touched. Of a device that is down nobody
 * can tell: ifdown takes its addresses too, and its routes wait until it is up (plan/waiting.ts).
 */
export function refuseUnreachableGateway(
  snapshot: Snapshot,
  route: { device: string; gateway: string; onlink?: boolean | undefined },
  path: Issue["path"],
): Issue[] {
  if (route.onlink || !snapshot.devices.some((d) => d.name === route.device && d.up)) return [];
  const onDevice = snapshot.addresses.filter((a) => a.device === route.device);
  if (onDevice.some((a) => contains(`${a.address}/${a.prefix}`, route.gateway))) return [];
  const byRoute = snapshot.routes.some(
    (r) =>
      r.table === MAIN_TABLE &&
      r.device === route.device &&
      !r.gateway &&
      r.destination !== "default" &&
      contains(r.destination, route.gateway),
  );
  if (byRoute) return [];
  const has = onDevice.map((a) => `${a.address}/${a.prefix}`).join(", ") || "no address";
  return [
    {
      path,
      message: `gateway ${route.gateway} is not on-link on ${route.device}, which has ${has}; correct it, or say onlink: true if the ISP means it so`,
    },
  ];
}
