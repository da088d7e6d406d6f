/**
 * What can be read of a site that may have faults, value by value, so that contradictions are found in all that makes
 * sense, and everything is told at once. What cannot be read is undefined: its own fault is told already.
 */
import type { z } from "zod";
import type { Path } from "./faults.ts";
import {
  type Lan,
  type Link,
  lanSchema,
  linkSchema,
  type Port,
  type Publish,
  portsSchema,
  publishSchema,
  type Server,
  serversSchema,
  siteSchema,
} from "./schema.ts";

/** A group of settings of which any may be unreadable; lists keep the places of what is. */
type Part<Whole> = {
  readonly [Key in keyof Whole]-?: Whole[Key] extends readonly (infer Item)[]
    ? readonly (Item | undefined)[]
    : Whole[Key] | undefined;
};

export type DraftLink = Part<Omit<Link, "onlink">>;
export type DraftLan = Part<Omit<Lan, "masquerade">> & { readonly path: Path };
export type DraftPublish = Part<Publish> & { readonly path: Path };

export interface Draft {
  readonly mask: number | undefined;
  readonly marking: "every-packet" | "reply-only" | undefined;
  readonly default: string | undefined;
  readonly sourcePriority: number | undefined;
  readonly inboundPriority: number | undefined;
  readonly insidePriority: number | undefined;
  readonly lans: readonly DraftLan[];
  readonly management: readonly (string | undefined)[];
  readonly links: ReadonlyMap<string, DraftLink>;
  readonly servers: ReadonlyMap<string, Server | undefined>;
  readonly publish: readonly DraftPublish[];
  readonly persist: boolean | undefined;
  readonly networkd: "leave" | "keep-foreign" | undefined;
}

export function draftOf(site: unknown): Draft {
  const raw = group(site);
  const { shape } = siteSchema;
  return {
    mask: read(shape.mask, raw.mask),
    marking: read(shape.marking, raw.marking),
    default: read(shape.default, raw.default),
    sourcePriority: read(shape.sourcePriority, raw.sourcePriority),
    inboundPriority: read(shape.inboundPriority, raw.inboundPriority),
    insidePriority: read(shape.insidePriority, raw.insidePriority),
    lans: Array.isArray(raw.lan) ? raw.lan.map((lan, i) => draftLan(lan, ["lan", i])) : [draftLan(raw.lan, ["lan"])],
    management: readList(lanSchema.shape.networks.element, raw.management),
    links: new Map(byId(Object.entries(group(raw.links)).map(([name, link]) => [name, draftLink(link)]))),
    servers: new Map(
      Object.entries(group(raw.servers)).map(([name, server]) => [name, read(serversSchema.valueType, server)]),
    ),
    publish: list(raw.publish).map((publish, i) => draftPublish(publish, ["publish", i])),
    persist: read(shape.persist, raw.persist),
    networkd: read(shape.networkd, raw.networkd),
  };
}

function draftLan(lan: unknown, path: Path): DraftLan {
  const { device, networks, address } = lanSchema.shape;
  const raw = group(lan);
  return {
    path,
    device: read(device, raw.device),
    networks: readList(networks.element, raw.networks),
    address: read(address, raw.address),
  };
}

function draftLink(link: unknown): DraftLink {
  const { shape } = linkSchema;
  const raw = group(link);
  return {
    id: read(shape.id, raw.id),
    device: read(shape.device, raw.device),
    gateway: read(shape.gateway, raw.gateway),
    address: read(shape.address, raw.address),
    aliases: readList(lanSchema.shape.address.unwrap(), raw.aliases),
    existing: readList(lanSchema.shape.address.unwrap(), raw.existing),
    table: read(shape.table, raw.table),
    mark: read(shape.mark, raw.mark),
    priority: read(shape.priority, raw.priority),
    fromPriority: read(shape.fromPriority, raw.fromPriority),
    reversePath: read(shape.reversePath, raw.reversePath),
  };
}

function draftPublish(publish: unknown, path: Path): DraftPublish {
  const { shape } = publishSchema;
  const raw = group(publish);
  const ports = (value: unknown): (Port | undefined)[] => readList(portsSchema.element, value);
  return {
    path,
    link: read(shape.link, raw.link),
    address: read(shape.address, raw.address),
    server: read(shape.server, raw.server),
    tcp: ports(raw.tcp),
    udp: ports(raw.udp),
  };
}

/** Of two links that clash, the one with the higher id is told to be wrong: Pulumi sorts the keys that it hands over. */
function byId(links: [string, DraftLink][]): [string, DraftLink][] {
  return links.toSorted(([, a], [, b]) => (a.id ?? Infinity) - (b.id ?? Infinity) || 0);
}

function group(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function read<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> | undefined {
  return schema.safeParse(value).data;
}

function readList<Schema extends z.ZodType>(schema: Schema, value: unknown): (z.output<Schema> | undefined)[] {
  return list(value).map((item) => read(schema, item));
}

/** Of a list with holes, what is there, with its index. */
export function present<Item>(items: readonly (Item | undefined)[]): { item: Item; index: number }[] {
  return items.flatMap((item, index) => (item === undefined ? [] : [{ item, index }]));
}
