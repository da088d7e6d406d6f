import { z } from "zod";
import { device, hostAddress, name, network, stackName } from "../kinds/fields.ts";
import {
  quotedLinkId,
  quotedMark,
  quotedMetric,
  quotedPort,
  quotedPriority,
  quotedTableId,
  staticDevice,
  staticGateway,
} from "./fields.ts";

export const lanSchema = z.strictObject({
  /** Network device towards the LAN, such as `eth0`. */
  device,
  /** Networks behind it, such as `172.16.1.0/24`. */
  networks: z.array(network).min(1, "must list at least one network"),
  /** The router's own address on it, such as `172.16.1.1`. Used to refuse it elsewhere. Default: not checked. */
  address: hostAddress.optional(),
  /** Do these networks leave by the links' addresses? `false` for public addresses that an ISP routes here. Default: that of the site. */
  masquerade: z.boolean().optional(),
});

export const linkSchema = z.strictObject({
  /** Number of the link, 1 to 15, that its mark, table and priorities follow from. Never reuse one for another ISP. */
  id: quotedLinkId,
  /** Network device towards the ISP, such as `eth1`. It must exist and have a static address. */
  device: staticDevice,
  /** The ISP's router on that device. */
  gateway: staticGateway,
  /** External address of the router itself, put on the device, that the LAN's traffic carries. Default: the device's own. */
  address: hostAddress.optional(),
  /** Further external addresses to put on the device. Published addresses come by themselves. Default none. */
  aliases: z.array(hostAddress).default([]),
  /** Addresses that the device has anyway: may be published, and are neither added nor removed. Default none. */
  existing: z.array(hostAddress).default([]),
  /** The gateway answers on the device although no address there is in its network. Default false. */
  onlink: z.boolean().default(false),
  /** Number of the link's routing table. Default 100 + id; with the full mask, id. */
  table: quotedTableId.optional(),
  /** Mark of the link's connections, inside the mask. Default: id in the lowest bits of the mask. */
  mark: quotedMark.optional(),
  /** Priority of the rule `fwmark -> table`. Default 4000 + id; with the full mask, 1023 + id. */
  priority: quotedPriority.optional(),
  /** Priority of the rules `from <own address> -> table`. Default 4100 + id; with the full mask, 1123 + id. */
  fromPriority: quotedPriority.optional(),
  /** Reverse path filter of the device: `loose` (default), `strict` (every-packet marking only), or `leave` it as it is. */
  reversePath: z.enum(["loose", "strict", "leave"]).default("loose"),
});

export const serverSchema = z.strictObject({
  /** Address of the server on the LAN. */
  address: hostAddress,
  /** The manual switch: the link that the server's own new connections leave by. Default: that of the main table. */
  via: z.string().optional(),
});

/** The short form is an address alone. */
const plainServer = hostAddress.transform((text): { address: string; via?: string | undefined } => ({ address: text }));

export const serversSchema = z.record(
  name,
  z.union([plainServer, serverSchema], "must be an address such as 172.16.1.131, or {address, via}"),
);

export const portSchema = z.strictObject({
  /** The port that clients connect to. */
  port: quotedPort,
  /** The server's port. */
  to: quotedPort,
});

const PORT_FORMS = "must be a port such as 25, a range such as 5000-5010, or {port: 8080, to: 80}";

const rangeSchema = z
  .string()
  .regex(/^\d{1,5}-\d{1,5}$/, { error: PORT_FORMS, abort: true })
  .refine((text) => {
    const [first = 0, last = 0] = text.split("-").map(Number);
    return first >= 1 && last <= 65535 && first < last;
  }, "is not a range of ports within 1 to 65535");

export const portsSchema = z.array(z.union([quotedPort, rangeSchema, portSchema], PORT_FORMS));

export const publishSchema = z.strictObject({
  /** The link whose ISP sends the address here. */
  link: z.string(),
  /** External address that clients connect to; put on the link's device. */
  address: hostAddress,
  /** Name of the server. */
  server: z.string(),
  /** TCP ports: 25, "5000-5010", or {port: 8080, to: 80} where the server listens on another. Default none. */
  tcp: portsSchema.default([]),
  /** UDP ports, likewise. Default none. */
  udp: portsSchema.default([]),
});

export const siteSchema = z.strictObject({
  /** Bits of packet and connection marks that belong to the links. Default 0x0f000000; 0xff if a link's own mark is that small. */
  mask: quotedMark.optional(),
  /** `every-packet` (default): every packet of a connection is marked. `reply-only`: tables need no LAN routes. */
  marking: z.enum(["every-packet", "reply-only"]).default("every-packet"),
  /** The link that packets without a mark leave by. Default: the main table is left alone. */
  default: z.string().optional(),
  /** Metric of that default route. Default 0. */
  defaultMetric: quotedMetric.default(0),
  /** Priority of the rules that `via` makes. Default 4200; with the full mask 1223. */
  sourcePriority: quotedPriority.optional(),
  /** Priority of the rules `iif <link's device> lookup main`. Default 4000; with the full mask 1023; before every fwmark rule. */
  inboundPriority: quotedPriority.optional(),
  /** Priority of the rules `from <address> lookup main`. Default 4100; with the full mask 1123; behind every fwmark rule. */
  insidePriority: quotedPriority.optional(),
  /** The inside: one device and its networks, or a list of them. */
  lan: z.union(
    [lanSchema, z.array(lanSchema).min(1, "must list at least one device")],
    "must be {device, networks}, or a list of them",
  ),
  /** Networks that the operator comes from; the router must stay reachable from there. Default none. */
  management: z.array(network).default([]),
  /** The ISPs by name; a name is also that of the routing table. */
  links: z.record(name, linkSchema).refine((links) => Object.keys(links).length > 0, "must name at least one link"),
  /** The servers on the LAN by name: an address, or {address, via}. */
  servers: serversSchema.default({}),
  /** What is published: (link, external address, ports) -> server. */
  publish: z.array(publishSchema).default([]),
  /** Let the LAN leave by the links' addresses. Default true. */
  masquerade: z.boolean().default(true),
  /** Let clients on the LAN use the external addresses. Default true. */
  hairpin: z.boolean().default(true),
  /** Accept published connections in FORWARD. Default false: the firewall is the operator's. */
  forward: z.boolean().default(false),
  /**
   * Lines typed by hand, as the router prints them, that go in the same transaction in which what replaces them comes, and
   * come back when the stack is destroyed. Default none.
   */
  replace: z.array(z.string()).default([]),
  /** `project/stack` whose lines on the router pass to this one: its predecessor, re-created or renamed. Default none. */
  takeOverFrom: stackName.optional(),
  /** Survive a reboot: a loader and a boot file on the router's disk. Default true. */
  persist: z.boolean().default(true),
  /** `keep-foreign`: tell systemd-networkd not to delete rules and routes that it did not make; needs `persist`. Default `leave`. */
  networkd: z.enum(["leave", "keep-foreign"]).default("leave"),
});

/** A site as it is written: in YAML under `multiwan:site`, or in a program. */
export type SiteArgs = z.input<typeof siteSchema>;
/** A site with its defaults filled in. */
export type Site = z.output<typeof siteSchema>;
export type Link = z.output<typeof linkSchema>;
export type Lan = z.output<typeof lanSchema>;
export type Publish = z.output<typeof publishSchema>;
export type Server = z.output<typeof serverSchema>;
export type Port = z.output<typeof portsSchema>[number];

/** The keys of the group of settings at a path of a site, in the order they are documented; undefined where keys are names. */
export function keysAt(path: readonly (string | number)[]): string[] | undefined {
  const [top] = path;
  const depth = path.length;
  if (top === undefined) return Object.keys(siteSchema.shape);
  if (top === "lan") return Object.keys(lanSchema.shape);
  if (top === "links" && depth === 2) return Object.keys(linkSchema.shape);
  if (top === "servers" && depth === 2) return Object.keys(serverSchema.shape);
  if (top === "publish") return Object.keys(depth > 2 ? portSchema.shape : publishSchema.shape);
  return undefined;
}
