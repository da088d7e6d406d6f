import { z } from "zod";
import { comingTo, moverOf } from "../coexistence/moving.ts";
import type { AddressLine, Line } from "../model/line.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { deviceSysctl } from "../model/sysctl-key.ts";
import { refuseDynamicLink, refuseMissingDevice, refuseUnreachableGateway } from "./device-checks.ts";
import { texts } from "./facts.ts";
import { address, device, linkId, name, priority, tableId } from "./fields.ts";
import { inboundRule, insideFacts, insideRules, knowsNoSuppress, learnInside } from "./inside-rules.ts";
import { defineKind } from "./kind.ts";
import { DEFAULT_MASK, numbersOf } from "./numbers.ts";
import { sharedNetwork } from "./shared-network.ts";
import { takenFromOperator } from "./way-in.ts";

export const wanLinkArgs = z.strictObject({
  /** Number of the link, 1 to 15, that its table and priority follow from. Never reuse one for another ISP. (`id` is Pulumi's.) */
  linkId,
  /** Name of the link and of its routing table, such as `wan_one`. */
  link: name,
  /** Network device towards the ISP, such as `eth1`. It must exist and have a static address. */
  device,
  /** The ISP's router on that device. */
  gateway: address,
  /** The gateway answers on the device although no address there is in its network. Default false. */
  onlink: z.boolean().default(false),
  /** External addresses to put on the device as /32: the router's own, then aliases. Default none. */
  addresses: z
    .array(address)
    .superRefine((list, context) => {
      list.forEach((text, i) => {
        const first = list.indexOf(text);
        if (first < i)
          context.addIssue({ code: "custom", path: [i], message: `${text} is addresses[${first}] already` });
      });
    })
    .default([]),
  /** Routing table of this link. Default 100 + id (with the full mask of a MultiWan: id). */
  table: tableId.optional(),
  /**
   * Priority of the rule `iif <device> lookup main suppress_prefixlength 1`, before every fwmark rule: what comes in from the ISP finds its
   * way to every network inside by the main table, whatever its mark. For every-packet marking. Default: no such rule.
   */
  inboundPriority: priority.optional(),
  /**
   * Priority of the rules `from <address> lookup main suppress_prefixlength 1`, behind every fwmark rule and before those of
   * `fromPriority`: the router's own replies to networks inside. Default: no such rules.
   */
  insidePriority: priority.optional(),
  /** The program gives the main table a default route (DefaultRoute). Default false. */
  hasDefault: z.boolean().default(false),
  /** Priority of the rules `from <address>` that carry the router's own replies. Default 4100 + id. */
  fromPriority: priority.optional(),
  /**
   * Reverse path filter of the device, RFC 3704: `loose` (rp_filter 2, the default), `strict` (rp_filter 1, only with
   * every-packet marking), or `leave` it as it is. Both with src_valid_mark 1 (kernel 2.6.33; loose goes without where it is not
   * known): the way back is looked up with the mark of the packet.
   */
  reversePath: z.enum(["loose", "strict", "leave"]).default("loose"),
});

const wanLinkFacts = z.object({
  /** Declared addresses that the device has anyway, in a network or with one: they are not added. */
  there: texts,
  /** The device's other addresses, whose replies need rules as well. */
  deviceAddresses: texts,
  /** Settings that the router's kernel does not know. */
  unknownSettings: texts,
  ...insideFacts.shape,
});

/** One ISP: its addresses, its reverse path filter, and the rules that carry the router's own replies. */
export const wanLink = defineKind({
  type: "WanLink",
  schema: wanLinkArgs,
  arguments: { priority: "fromPriority" },

  learns: wanLinkFacts,
  // The device's own primary addresses answer too (ping, ssh from outside), so their replies need a rule as well.
  facts: (args, snapshot, willGo) => ({
    ...ownNetworks(args, snapshot, willGo),
    deviceAddresses: snapshot.addresses
      .filter((a) => a.device === args.device && a.scope === "global" && !args.addresses.includes(a.address))
      .filter((a) => !willGo({ kind: "address", device: a.device, address: a.address, prefix: a.prefix }))
      .map((a) => a.address)
      .concat(comingTo(args.device, snapshot))
      .filter((address, i, all) => all.indexOf(address) === i && !args.addresses.includes(address)),
    ...(args.reversePath === "loose" &&
      !snapshot.sysctls.has(srcValidMark(args.device)) && { unknownSettings: ["src_valid_mark"] }),
    ...(args.inboundPriority !== undefined || args.insidePriority !== undefined
      ? learnInside(snapshot, args.hasDefault)
      : {}),
  }),

  desired: (args, facts) => {
    const numbers = numbersOf(args.linkId, DEFAULT_MASK);
    const table = args.table ?? numbers.table;
    const own = [...new Set([...(facts.deviceAddresses ?? []), ...args.addresses])];
    return [
      ...reversePath(args.device, args.reversePath, facts.unknownSettings ?? []),
      ...args.addresses
        .filter((a) => !facts.there?.includes(a))
        .map((a): Line => ({ kind: "address", device: args.device, address: a, prefix: 32 })),
      ...(args.inboundPriority === undefined
        ? []
        : [inboundRule(args.inboundPriority, args.device, facts.noSuppress !== undefined)]),
      ...insideRules(args.insidePriority, own, facts),
      ...own.map((from): Line => ({ kind: "rule", priority: args.fromPriority ?? numbers.fromPriority, from, table })),
    ];
  },

  refuse: (args, { snapshot, wasOn, isOurs, isAdopted, operator }) => [
    ...takenFromOperator(args.addresses, operator),
    ...refuseMissingDevice({ snapshot, wasOn }, args.device, ["device"]),
    ...refuseDynamicLink(snapshot, args.device, ["device"]),
    ...refuseUnreachableGateway(snapshot, args, ["gateway"]),
    ...args.addresses.flatMap((wanted, i) => {
      const line: AddressLine = { kind: "address", device: args.device, address: wanted, prefix: 32 };
      const there = snapshot.addresses.some((a) => a.address === wanted && a.device === args.device);
      const mover = moverOf(line, (there && !isOurs(line)) || isAdopted(line), snapshot);
      return mover === undefined
        ? []
        : [
            {
              path: ["addresses", i],
              message: `${wanted} moves between machines: ${mover} puts it on the one that is to have it. Put here as well it would be on two at once; list it under existing of its link, which neither adds nor removes it`,
            },
          ];
    }),
    ...args.addresses.flatMap((wanted, i) =>
      snapshot.addresses
        .filter((a) => a.address === wanted && a.device !== args.device)
        .filter((a) => !isOurs({ kind: "address", device: a.device, address: a.address, prefix: a.prefix }))
        .map((a) => ({
          path: ["addresses", i],
          message: `${wanted} is on ${a.device} already (inet ${a.address}/${a.prefix})`,
        })),
    ),
  ],

  warn: (args, snapshot) => {
    const why = args.inboundPriority === undefined ? undefined : knowsNoSuppress(snapshot.capabilities);
    const shared = sharedNetwork(args.device, snapshot);
    const arp = shared === undefined ? [] : [shared];
    return why === undefined
      ? arp
      : [
          ...arp,
          `${why} has no suppress_prefixlength: what comes in by ${args.device} for an address that no host has may leave by the main table's default route, and the router's own replies to networks that are not under lan leave by the link`,
        ];
  },

  tableNames: (args) => new Map([[args.table ?? numbersOf(args.linkId, DEFAULT_MASK).table, args.link]]),
});

/** Addresses that the device has of its own, in a network or with one: they are published as they are, and stay. */
function ownNetworks(
  { device, addresses }: z.output<typeof wanLinkArgs>,
  snapshot: Snapshot,
  willGo: (line: Line) => boolean,
): { there?: readonly string[] } {
  const there = snapshot.addresses
    .filter((a) => a.device === device && a.prefix !== 32 && addresses.includes(a.address))
    .filter((a) => !willGo({ kind: "address", device, address: a.address, prefix: a.prefix }))
    .map((a) => a.address);
  return there.length > 0 ? { there } : {};
}

/**
 * The effective rp_filter is the maximum of `all` and the device (ip-sysctl.rst), so 2 here is enough whatever `all` says. Even a
 * loose one wants some way back: without the mark it asks the main table, or the rule of a server with `via`, and when that
 * way's device is down it drops what comes in by every other link.
 */
function reversePath(device: string, mode: "loose" | "strict" | "leave", unknown: readonly string[]): Line[] {
  if (mode === "leave") return [];
  const set = (key: string, value: string): Line => ({ kind: "sysctl", key, value });
  return [
    ...(unknown.includes("src_valid_mark") ? [] : [set(srcValidMark(device), "1")]),
    set(deviceSysctl(device, "rp_filter"), mode === "loose" ? "2" : "1"),
  ];
}

const srcValidMark = (device: string) => deviceSysctl(device, "src_valid_mark");
