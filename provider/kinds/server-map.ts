import { z } from "zod";
import { chainName, shortHash } from "../model/chain-name.ts";
import type { ChainLine, Fragment, HookLine } from "../model/line.ts";
import type { Match, PacketRule } from "../model/packet-rule.ts";
import { destination, inState, jumpTo, narrowed, outDevice, ruleOf, source, toPorts } from "../model/rule-parts.ts";
import { refuseMissingDevice } from "./device-checks.ts";
import { byAddress, byPort, type Leaf, type PortRule } from "./dispatch.ts";
import { address, device, name, network, port } from "./fields.ts";
import { defineKind } from "./kind.ts";
import { lostTranslations } from "./lost-translation.ts";
import { capturedWays } from "./way-in.ts";

const RANGE = /^\d{1,5}-\d{1,5}$/;

/** A port, or a range `5000-5010`, as [first, last]. */
const ports = z
  .union([port, z.string().regex(RANGE, "must be a port such as 25 or a range such as 5000-5010")])
  .superRefine((value, context) => {
    if (typeof value === "number" || !RANGE.test(value)) return;
    const [first, last] = portRange(value);
    if (first < 1 || last > 65535 || first >= last)
      context.addIssue({ code: "custom", message: `${value} is not a range of ports within 1 to 65535` });
  });

const entry = z.strictObject({
  /** External address that clients connect to. */
  address,
  protocol: z.enum(["tcp", "udp"]).default("tcp"),
  /** External port or range. */
  port: ports,
  /** Address of the server inside. */
  server: address,
  /** The server's port, where it is another. Not with a range. Default: the external port. */
  serverPort: port.optional(),
});

type Entry = z.output<typeof entry>;

export const serverMapArgs = z
  .strictObject({
    /** Name that the chains carry: `mw-<map>-dnat` and so on. */
    map: name,
    /** What is published: (external address, protocol, port) -> (server, port). */
    entries: z.array(entry),
    /** Own traffic of a server that leaves by this device carries this address. Default none. */
    outgoing: z.array(z.strictObject({ server: address, device, address })).default([]),
    /** The rest of these networks, leaving by this device, carries `address`, or the device's own one if not given. Default none. */
    masquerade: z.array(z.strictObject({ network, device, address: address.optional() })).default([]),
    /** Clients on these networks reach servers of the same network by the external addresses, through the router. Default none. */
    hairpin: z.array(z.strictObject({ network, device })).default([]),
    /** Accept published connections in filter FORWARD, before the rules of others. Default false: the firewall is the operator's. */
    forward: z.boolean().default(false),
  })
  .superRefine((args, context) => {
    args.entries.forEach((entry, i) => {
      if (entry.serverPort !== undefined && typeof entry.port === "string")
        context.addIssue({ code: "custom", path: ["entries", i, "serverPort"], message: "a range keeps its ports" });
    });
    for (const [later, first] of doubledDoors(args.entries)) {
      const { address, protocol, port } = args.entries[later]!;
      const message = `${address} ${protocol} ${port} is published by entries[${first}] already`;
      context.addIssue({ code: "custom", path: ["entries", later], message });
    }
  });

type Args = z.output<typeof serverMapArgs>;

/** Pairs of entries that one packet would fit, the later one first. In the order of ports, so that thousands are no work. */
function doubledDoors(entries: readonly Entry[]): [later: number, first: number][] {
  const doors = entries.map(({ address, protocol, port }, index) => {
    const [first, last] = portRange(port);
    return { key: `${address} ${protocol}`, first, last, index };
  });
  const doubled = [...Map.groupBy(doors, (door) => door.key).values()].flatMap((same) => {
    let widest: (typeof doors)[number] | undefined;
    return same
      .toSorted((a, b) => a.first - b.first || a.index - b.index)
      .flatMap((door): [number, number][] => {
        const other = widest && door.first <= widest.last ? widest : undefined;
        if (!widest || door.last > widest.last) widest = door;
        return other ? [[Math.max(door.index, other.index), Math.min(door.index, other.index)]] : [];
      });
  });
  return doubled.sort(([a], [b]) => a - b);
}

/** Servers behind external addresses: DNAT in, SNAT out, hairpin, and accepts if asked for. */
export const serverMap = defineKind({
  type: "ServerMap",
  schema: serverMapArgs,
  arguments: { chain: "map" },
  desired: (args) => [...incoming(args), ...outgoing(args), ...(args.forward ? accepts(args) : [])],
  refuse: (args, view) => [
    ...capturedWays(args.entries.map(doorOf), view.operator),
    ...args.outgoing.flatMap((o, i) => refuseMissingDevice(view, o.device, ["outgoing", i, "device"])),
    ...args.masquerade.flatMap((m, i) => refuseMissingDevice(view, m.device, ["masquerade", i, "device"])),
    ...args.hairpin.flatMap((h, i) => refuseMissingDevice(view, h.device, ["hairpin", i, "device"])),
  ],
  warn: ({ masquerade }, snapshot, isOurs) => lostTranslations(masquerade, snapshot, isOurs),
});

/** By destination address, not by device, so that a client on the LAN comes through the same door. */
function incoming(args: Args): Fragment {
  if (args.entries.length === 0) return [];
  const where = { table: "nat", prefix: `mw-${shortHash(args.map)}d` } as const;
  const leaves = leavesOf(
    args.entries,
    (e) => e.address,
    where,
    (e) => {
      const port = e.serverPort === e.port ? undefined : e.serverPort;
      return ruleOf(portMatch(e), { kind: "dnat", address: e.server, ...(port !== undefined && { port }) });
    },
  );
  const chain = chainName(args.map, "dnat");
  return [...byAddress(where, destination, chain, leaves), hook("nat", "PREROUTING", chain)];
}

/** Hairpin first: such a packet leaves by the LAN and must come back through the router, or the server answers past it. */
function outgoing(args: Args): Fragment {
  const hairpin = args.entries.length === 0 ? [] : args.hairpin;
  const devices = [...new Set([...args.outgoing, ...args.masquerade].map((rule) => rule.device))].sort();
  if (devices.length + hairpin.length === 0) return [];
  const perDevice = devices.map((device): { jump: PacketRule; chains: ChainLine[] } => {
    const where = { table: "nat", prefix: `mw-${shortHash(`${args.map} ${device}`)}s` } as const;
    // A chain's name has no colon: `a:b` and `a_b` stay two.
    const chain = chainName(args.map, `snat-${device.includes(":") ? `~${shortHash(device)}` : device}`);
    const servers = new Map<string, Leaf>();
    // The first address given for a server is the one its own traffic carries.
    for (const rule of args.outgoing.filter((o) => o.device === device))
      if (!servers.has(rule.server))
        servers.set(rule.server, { rules: [ruleOf([], { kind: "snat", address: rule.address })], chains: [] });
    const rest = args.masquerade
      .filter((m) => m.device === device)
      .map(({ network, address }) =>
        ruleOf([source(network)], address ? { kind: "snat", address } : { kind: "masquerade" }),
      );
    const [top, ...below] = byAddress(where, source, chain, servers);
    return {
      jump: narrowed(outDevice(device), jumpTo(chain)),
      chains: [{ ...top!, rules: [...top!.rules, ...rest] }, ...below],
    };
  });
  const chain = chainName(args.map, "snat");
  const rules = [
    ...hairpin.map(({ network, device }) =>
      ruleOf([source(network), destination(network), outDevice(device), inState(["DNAT"])], { kind: "masquerade" }),
    ),
    ...perDevice.map((d) => d.jump),
  ];
  return [
    { kind: "chain", table: "nat", chain, rules },
    ...perDevice.flatMap((d) => d.chains),
    hook("nat", "POSTROUTING", chain),
  ];
}

/** Only what came through a door of ours, and what belongs to it. */
function accepts(args: Args): Fragment {
  if (args.entries.length === 0) return [];
  const where = { table: "filter", prefix: `mw-${shortHash(args.map)}f` } as const;
  const inside = (e: Entry) => e.serverPort ?? e.port;
  const doors = [...new Map(args.entries.map((e) => [`${e.server} ${e.protocol} ${inside(e)}`, e])).values()];
  const leaves = leavesOf(
    doors.map((e) => ({ ...e, port: inside(e) })),
    (e) => e.server,
    where,
    (e) => ruleOf(portMatch(e), { kind: "accept" }),
  );
  const chain = chainName(args.map, "fwd");
  const lead = [
    ruleOf([inState(["DNAT"], true)], { kind: "return" }),
    ruleOf([inState(["RELATED", "ESTABLISHED"])], { kind: "accept" }),
  ];
  return [...byAddress(where, destination, chain, leaves, lead), hook("filter", "FORWARD", chain)];
}

function leavesOf(
  entries: readonly Entry[],
  key: (entry: Entry) => string,
  where: Parameters<typeof byPort>[0],
  rule: (entry: Entry) => PacketRule,
): Map<string, Leaf> {
  const groups = Map.groupBy(entries, key);
  return new Map(
    [...groups].map(([address, members]) => [
      address,
      byPort(
        where,
        address,
        members.map((e): PortRule => {
          const [first, last] = portRange(e.port);
          return { protocol: e.protocol, first, last, rule: rule(e) };
        }),
      ),
    ]),
  );
}

function portMatch({ protocol, port }: Pick<Entry, "protocol" | "port">): Match[] {
  const [first, last] = portRange(port);
  return toPorts(protocol, { first, last });
}

function doorOf({ address, protocol, port }: Entry) {
  const [first, last] = portRange(port);
  return { address, protocol, port, first, last };
}

export function portRange(port: number | string): [first: number, last: number] {
  const [first, last] = String(port).split("-").map(Number);
  return [first!, last ?? first!];
}

function hook(table: HookLine["table"], chain: string, target: string): HookLine {
  return { kind: "hook", table, chain, rule: jumpTo(target) };
}
