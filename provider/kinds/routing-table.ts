import { z } from "zod";
import { sayTables } from "../coexistence/free.ts";
import { neighbourOf, possessive } from "../coexistence/recognise.ts";
import { formatRoute } from "../dialects/iproute2/route.ts";
import { longestMatch } from "../dialects/iproute2/routes.ts";
import { type Line, MAIN_TABLE, type RouteLine } from "../model/line.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { refuseMissingDevice, refuseUnreachableGateway } from "./device-checks.ts";
import { texts } from "./facts.ts";
import { address, device, name, network, tableId } from "./fields.ts";
import { defineKind, type Issue, type View } from "./kind.ts";
import { foreignRoutes, refuseTakenName } from "./taken-name.ts";

/**
 * Far behind any real route, so that it answers only when the link's own default is gone: a link that goes down takes
 * its routes with it, and without this one its packets would fall through to the main table and leave by another ISP.
 */
export const GUARD_METRIC = 65000;

export const routingTableArgs = z
  .strictObject({
    /** Number of the table, such as 1. Not 0, 253, 254 or 255. */
    table: tableId,
    /** Its name in /etc/iproute2/rt_tables, such as `wan_one`. Default: no line there. */
    name: name.optional(),
    /** Device of the table's default route. */
    device,
    /** Next hop of the table's default route. A default with only a device is refused: see the message. */
    gateway: z.string({ error: noGateway }).pipe(address),
    /** The gateway answers on the device although no address there is in its network. Default false. */
    onlink: z.boolean().default(false),
    /**
     * Networks that packets with this link's mark must reach inside, such as the LAN. One that the main table reaches by a router on
     * that device is reached by it here too. Default none.
     */
    lan: z.array(z.strictObject({ network, device })).default([]),
    /** Further routes of the table. Default none. */
    routes: z.array(z.strictObject({ destination: network, gateway: address.optional(), device })).default([]),
    /** `unreachable default metric 65000`: an emptied table stops packets instead of leaking them into another ISP. */
    guard: z.boolean().default(true),
  })
  .superRefine(({ lan, routes }, context) => {
    // One network has one route of one metric: the kernel would keep the last one and forget the others.
    const taken = new Map([["0.0.0.0/0", "the default by gateway and device"]]);
    const take = (network: string, list: "lan" | "routes", field: string, i: number) => {
      const by = taken.get(network);
      if (by)
        context.addIssue({ code: "custom", path: [list, i, field], message: `${network} has a route already: ${by}` });
      else taken.set(network, `${list}[${i}]`);
    };
    lan.forEach((entry, i) => {
      take(entry.network, "lan", "network", i);
    });
    routes.forEach((entry, i) => {
      take(entry.destination, "routes", "destination", i);
    });
  });

function noGateway(): string {
  return "gateway is missing: a default route with only a device makes the kernel ask by ARP for every address of the internet, and most ISPs do not answer; give the ISP's router";
}

const routingTableFacts = z.object({
  /** Its name, where rt_tables cannot be written. */
  unnamed: texts,
  /** Networks behind an inner router: `10.0.0.0/8 via 172.16.1.9`. */
  innerGateways: texts,
});

/** The routes of one link: a name, the way inside, the way out, and a guard behind them. */
export const routingTable = defineKind({
  type: "RoutingTable",
  schema: routingTableArgs,
  arguments: { table: "table" },

  learns: routingTableFacts,
  // A name is only for showing: where it cannot be written the table goes without.
  facts: ({ table, name, lan }, snapshot) => ({
    ...(name !== undefined && cannotName(snapshot, table, name) && { unnamed: [name] }),
    ...innerGateways(lan, snapshot),
  }),

  desired: (args, { unnamed, innerGateways = [] }) => {
    const inner = new Map(innerGateways.map((entry) => entry.split(" via ") as [string, string]));
    const route = (fields: Partial<RouteLine> & { destination: string }): Line => ({
      kind: "route",
      type: "unicast",
      table: args.table,
      metric: 0,
      onlink: false,
      ...fields,
    });
    return [
      ...(args.name && !unnamed ? [{ kind: "table-name", id: args.table, name: args.name } as const] : []),
      ...(args.guard ? [route({ type: "unreachable", destination: "default", metric: GUARD_METRIC })] : []),
      ...args.lan.map(({ network, device }) => {
        const gateway = inner.get(network);
        return route({ destination: network, device, ...(gateway ? { gateway } : { scope: "link" }) });
      }),
      ...args.routes.map(({ destination, gateway, device }) =>
        route({ destination, device, ...(gateway ? { gateway } : { scope: "link" }) }),
      ),
      route({ destination: "default", gateway: args.gateway, device: args.device, onlink: args.onlink }),
    ];
  },

  refuse: (args, view) => [
    ...refuseMissingDevice(view, args.device, ["device"]),
    ...refuseUnreachableGateway(view.snapshot, args, ["gateway"]),
    ...args.lan.flatMap((lan, i) => refuseMissingDevice(view, lan.device, ["lan", i, "device"])),
    ...args.routes.flatMap((route, i) => refuseMissingDevice(view, route.device, ["routes", i, "device"])),
    ...(args.name ? refuseTakenName(view, args.table, args.name) : []),
    ...refuseForeignRoutes(view, args.table),
  ],

  warn: ({ table, name }, snapshot) =>
    name !== undefined && cannotName(snapshot, table, name)
      ? [
          `${snapshot.tableNames.fixed} cannot be written: table ${table} goes without its name ${name} there, which is only for showing`,
        ]
      : [],

  territory: (args) => (line) => line.kind === "route" && line.table === args.table,
  tableNames: (args) => new Map(args.name ? [[args.table, args.name]] : []),
});

function cannotName({ tableNames: { fixed, names } }: Snapshot, table: number, name: string): boolean {
  return fixed !== undefined && names.get(table) !== name;
}

/** Networks of the LAN that the main table reaches by a router inside: `10.99.0.0/16 via 172.16.1.12`. */
function innerGateways(
  lan: z.output<typeof routingTableArgs>["lan"],
  { routes }: Snapshot,
): { readonly innerGateways?: readonly string[] } {
  const found = lan.flatMap(({ network, device }) => {
    const best = longestMatch(routes, MAIN_TABLE, network);
    if (best?.gateway === undefined || best.device !== device || best.destination === "default") return [];
    return [`${network} via ${best.gateway}`];
  });
  return found.length > 0 ? { innerGateways: found } : {};
}

/** Once the table is ours every route in it is, and an odd one is drift; before that it is somebody else's table. */
function refuseForeignRoutes(view: View, table: number): Issue[] {
  const { snapshot, isMine } = view;
  if (snapshot.routes.some((r) => r.table === table && isMine(r))) return [];
  // Lines equal to declared ones are adopted by themselves, others where they are listed.
  const foreign = foreignRoutes(view, table).filter((route) => !view.isListed?.(route));
  if (foreign.length === 0) return [];
  const owner = foreign.map((r) => neighbourOf(r, snapshot)).find((name) => name !== undefined);
  const [whose, hint] = owner
    ? [` (they look like ${possessive(owner)})`, ""]
    : ["", "; a table that was set up by hand for this link is taken over with them listed under replace"];
  const routes = foreign.map((route) => formatRoute(route)).join("; ");
  const message = `table ${table} already has routes that are not declared here: ${routes}${whose}; ${sayTables(snapshot)}${hint}`;
  return [{ path: ["table"], message }];
}
