/**
 * What can be read of a site that may have faults, so that contradictions are found in the rest of it and all faults
 * are told at once. A link or server that cannot be read keeps its name, an entry of a list its index.
 */
import type { z } from "zod";
import type { Path } from "./faults.ts";
import {
  type Lan,
  type Link,
  lanSchema,
  linkSchema,
  type Publish,
  publishSchema,
  type Server,
  siteSchema,
} from "./schema.ts";

export interface Draft {
  readonly mask: number | undefined;
  readonly marking: "every-packet" | "reply-only" | undefined;
  readonly default: string | undefined;
  readonly sourcePriority: number | undefined;
  readonly lans: readonly { readonly path: Path; readonly lan: Lan }[];
  /** Did every LAN make sense? If not, what is outside the LAN cannot be said. */
  readonly lansComplete: boolean;
  readonly management: readonly { readonly path: Path; readonly network: string }[];
  readonly links: ReadonlyMap<string, Link>;
  readonly linkNames: readonly string[];
  readonly servers: ReadonlyMap<string, Server>;
  readonly serverNames: readonly string[];
  readonly publish: readonly { readonly path: Path; readonly publish: Publish }[];
}

export function draftOf(site: unknown): Draft {
  const raw = record(site);
  const { shape } = siteSchema;
  const links = Object.entries(record(raw.links));
  const servers = Object.entries(record(raw.servers));
  const server = shape.servers.unwrap().valueType;
  const lans = listed(raw.lan, ["lan"]);
  const readLans = readable(lans, lanSchema);
  return {
    mask: read(shape.mask, raw.mask),
    marking: read(shape.marking, raw.marking),
    default: read(shape.default, raw.default),
    sourcePriority: read(shape.sourcePriority, raw.sourcePriority),
    lans: readLans.map(({ path, value }) => ({ path, lan: value })),
    lansComplete: lans.length > 0 && readLans.length === lans.length,
    management: readable(listed(raw.management, ["management"]), shape.management.unwrap().element).map(
      ({ path, value }) => ({ path, network: value }),
    ),
    links: new Map(links.flatMap(([name, value]) => named(name, read(linkSchema, value)))),
    linkNames: links.map(([name]) => name),
    servers: new Map(servers.flatMap(([name, value]) => named(name, read(server, value)))),
    serverNames: servers.map(([name]) => name),
    publish: readable(listed(raw.publish, ["publish"]), publishSchema).map(({ path, value }) => ({
      path,
      publish: value,
    })),
  };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** The entries of a list with their paths; a group in place of a list of one is itself. */
function listed(value: unknown, path: Path): { path: Path; value: unknown }[] {
  if (Array.isArray(value)) return value.map((entry, i) => ({ path: [...path, i], value: entry }));
  return value === undefined || value === null ? [] : [{ path, value }];
}

function readable<Schema extends z.ZodType>(entries: readonly { path: Path; value: unknown }[], schema: Schema) {
  return entries.flatMap(({ path, value }) => {
    const data = read(schema, value);
    return data === undefined ? [] : [{ path, value: data }];
  });
}

function read<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> | undefined {
  return schema.safeParse(value).data;
}

function named<Value>(name: string, value: Value | undefined): [string, Value][] {
  return value === undefined ? [] : [[name, value]];
}
