import { z } from "zod";
import { formatRoute } from "../dialects/iproute2/route.ts";
import { lineKey } from "../dialects/line-key.ts";
import { isMainDefault, type Line, MAIN_TABLE, type RouteLine } from "../model/line.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { refuseDynamicLink, refuseMissingDevice, refuseUnreachableGateway } from "./device-checks.ts";
import { address, device } from "./fields.ts";
import { defineKind, type Issue, type View } from "./kind.ts";

export const defaultRouteArgs = z.strictObject({
  /** Device of the link that packets without a mark leave by. */
  device,
  /** Its ISP's router. */
  gateway: z
    .string({ error: () => "gateway is missing: a default route needs the ISP's router, not only a device" })
    .pipe(address),
  /** The gateway answers on the device although no address there is in its network. Default false. */
  onlink: z.boolean().default(false),
  /** Metric of the route, 0 to 4294967295. A default of the same metric is replaced, and given back on destroy. Default 0. */
  metric: z.int().min(0).max(0xffffffff).default(0),
});

function desired({ gateway, device, onlink, metric }: z.output<typeof defaultRouteArgs>): RouteLine {
  return { kind: "route", type: "unicast", destination: "default", gateway, device, table: MAIN_TABLE, metric, onlink };
}

/** The main table's default route: which link is used by whatever carries no mark. Moves new connections only. */
export const defaultRoute = defineKind({
  type: "DefaultRoute",
  schema: defaultRouteArgs,

  desired: (args) => [desired(args)],

  warn: (args, snapshot, isOurs) => {
    const wanted = desired(args);
    return before(wanted, snapshot, isOurs).map(
      (route) =>
        `"${formatRoute(route)}" comes before "${formatRoute(wanted)}": packets without a mark leave by ${route.device ?? "it"}, and this default counts for none; remove that route, or give this one a lower metric (defaultMetric)`,
    );
  },

  refuse: (args, view) => [
    ...refuseMissingDevice(view, args.device, ["device"]),
    ...refuseDynamicLink(view.snapshot, args.device, ["device"]),
    ...refuseUnreachableGateway(view.snapshot, args, ["gateway"]),
    ...refuseDown(args, view),
    ...view.snapshot.routes
      .filter((r) => isMainDefault(r) && r.metric === args.metric && !view.isOurs(r))
      .flatMap((r) => {
        const owner = ownerOf(r, view.snapshot);
        return owner
          ? [
              {
                path: ["device"],
                message: `the main table's "${formatRoute(r)}" belongs to ${owner}, which would put it back at any time; tell it to leave the default alone first`,
              },
            ]
          : [];
      }),
  ],
});

/** A dead link takes no default route: the one that stands, by a living one, is not given up for it. */
function refuseDown(args: z.output<typeof defaultRouteArgs>, { snapshot: { devices, routes }, wasOn }: View): Issue[] {
  const device = devices.find(({ name }) => name === args.device);
  // One that never was there is refused for that.
  if (device?.up || (!device && !wasOn?.(args.device))) return [];
  const wanted = desired(args);
  const there = routes.find((r) => isMainDefault(r) && r.metric === args.metric && lineKey(r) !== lineKey(wanted));
  return there === undefined
    ? []
    : [
        {
          path: ["device"],
          message: `${args.device} is ${device ? "down" : "not there"}, and "${formatRoute(there)}" would make room for a route that the kernel does not take; bring it up first, or name another link as default`,
        },
      ];
}

/** Foreign defaults of the main table that packets without a mark leave by instead, in the order in which the kernel tries them. */
function before(wanted: RouteLine, { routes }: Snapshot, isOurs: (line: Line) => boolean): RouteLine[] {
  const there = routes.filter(isMainDefault);
  // One that is put there takes the place of the first of its metric; one that stands stays where it is.
  const stands = there.findIndex((r) => lineKey(r) === lineKey(wanted));
  return there.filter((r, i) => !isOurs(r) && (r.metric < wanted.metric || (r.metric === wanted.metric && i < stands)));
}

/** Who wrote a default route, as far as the route and the running daemons tell. */
function ownerOf(route: RouteLine, { capabilities, devices }: Snapshot): string | undefined {
  const clients = capabilities.daemons.filter((d) => /^(dhclient|dhcpcd|udhcpc)$/.test(d));
  const manager = devices.find((d) => d.name === route.device)?.managedBy;
  if (route.protocol === "dhcp") return manager ?? clients[0] ?? "a DHCP client";
  if (route.protocol === "static" || route.protocol === "ra") return manager;
  return undefined;
}
