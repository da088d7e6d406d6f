/** A site as the list of resources that it means. Pure: the component only registers what stands here. */
import type { z } from "zod";
import type { bootConfigArgs } from "../kinds/boot-config.ts";
import type { connmarkChainArgs } from "../kinds/connmark-chain.ts";
import type { defaultRouteArgs } from "../kinds/default-route.ts";
import type { fwmarkRuleArgs } from "../kinds/fwmark-rule.ts";
import type { routingTableArgs } from "../kinds/routing-table.ts";
import type { serverMapArgs } from "../kinds/server-map.ts";
import type { sourceRuleArgs } from "../kinds/source-rule.ts";
import type { wanLinkArgs } from "../kinds/wan-link.ts";
import { toNumber } from "../model/ip.ts";
import { serverMapOf } from "./compose-servers.ts";
import { lansOf, type NumberedLink, numberedLinks } from "./links.ts";
import { siteInsidePriorities, siteMask, sourceRulePriority } from "./numbers.ts";
import type { Link, Site } from "./schema.ts";

interface Schemas {
  readonly WanLink: typeof wanLinkArgs;
  readonly RoutingTable: typeof routingTableArgs;
  readonly FwmarkRule: typeof fwmarkRuleArgs;
  readonly SourceRule: typeof sourceRuleArgs;
  readonly DefaultRoute: typeof defaultRouteArgs;
  readonly ConnmarkChain: typeof connmarkChainArgs;
  readonly ServerMap: typeof serverMapArgs;
  readonly BootConfig: typeof bootConfigArgs;
}

/** One resource: its kind, its name, its arguments, and the names of those that must be there before it. */
export type Declared = {
  [Kind in keyof Schemas]: {
    readonly kind: Kind;
    readonly name: string;
    readonly args: z.input<Schemas[Kind]>;
    readonly dependsOn: readonly string[];
    /** Lines typed by hand that go when it comes. */
    readonly replace?: readonly string[];
    /** The stack whose lines it may take. */
    readonly takeOverFrom?: string;
    /** Where in the site it comes from: keys. */
    readonly at: readonly string[];
  };
}[keyof Schemas];

/**
 * The resources of a site, each behind those it depends on. The order is such that whatever the engine has applied when
 * it stops, the router works: an address and its table first, then the rule that looks at a mark, then the chain that sets
 * it; doors open only when replies find their way back, and traffic moves to a link only when it gets that link's address.
 */
export function compose(site: Site, prefix: string): Declared[] {
  const links = numberedLinks(site);
  const mask = siteMask(site.mask, Object.values(site.links));
  const name = (...words: string[]) => [prefix, ...words].join("-");
  const lan = lanRoutes(site);
  const priorities = siteInsidePriorities(site, links, mask);

  const wanLinks = links.map(
    (l): Declared => ({
      kind: "WanLink",
      name: name(l.name, "link"),
      args: {
        linkId: l.link.id,
        link: l.name,
        device: l.link.device,
        gateway: l.link.gateway,
        ...onlink(l.link),
        addresses: addressesOf(site, l),
        table: l.table,
        // Where replies alone carry a mark, what comes in looks up the main table anyway.
        ...(site.marking === "every-packet" && { inboundPriority: priorities.inbound }),
        insidePriority: priorities.inside,
        ...hasDefault(site),
        fromPriority: l.fromPriority,
        reversePath: l.link.reversePath,
      },
      dependsOn: [],
      at: ["links", l.name],
    }),
  );
  const tables = links.map(
    (l): Declared => ({
      kind: "RoutingTable",
      name: name(l.name, "table"),
      args: { table: l.table, name: l.name, device: l.link.device, gateway: l.link.gateway, ...onlink(l.link), lan },
      dependsOn: [],
      at: ["links", l.name],
    }),
  );
  const rules = links.map(
    (l): Declared => ({
      kind: "FwmarkRule",
      name: name(l.name, "rule"),
      args: { mark: l.mark, mask, table: l.table, tableName: l.name, priority: l.priority },
      dependsOn: [name(l.name, "link"), name(l.name, "table")],
      at: ["links", l.name],
    }),
  );
  const marks: Declared = {
    kind: "ConnmarkChain",
    name: name("marks"),
    args: {
      chain: word(prefix),
      links: links.map((l) => ({ link: l.name, device: l.link.device, mark: l.mark })),
      mask,
      marking: site.marking,
    },
    dependsOn: rules.map((r) => r.name),
    at: [],
  };
  const servers: Declared = {
    kind: "ServerMap",
    name: name("servers"),
    args: serverMapOf(site, word(prefix), links),
    dependsOn: [...wanLinks, marks].map((r) => r.name),
    at: ["publish"],
  };
  const moved = [marks, servers].map((r) => r.name);
  const vias = Object.entries(site.servers).flatMap(([server, { address, via }]): Declared[] => {
    const link = links.find((l) => l.name === via);
    if (!link) return [];
    const args = {
      source: address,
      table: link.table,
      tableName: link.name,
      insidePriority: priorities.inside,
      ...hasDefault(site),
      priority: sourceRulePriority(site, mask),
    };
    const dependsOn = [name(link.name, "table"), ...moved];
    return [{ kind: "SourceRule", name: name(server, "via"), args, dependsOn, at: ["servers", server] }];
  });
  const main = links
    .filter((l) => l.name === site.default)
    .map(
      ({ link }): Declared => ({
        kind: "DefaultRoute",
        name: name("default"),
        args: { device: link.device, gateway: link.gateway, ...onlink(link), metric: site.defaultMetric },
        dependsOn: moved,
        at: ["links", site.default!],
      }),
    );
  const boot: Declared[] = site.persist
    ? [{ kind: "BootConfig", name: name("boot"), args: networkd(site), dependsOn: [], at: ["persist"] }]
    : [];
  return [...boot, ...wanLinks, ...tables, ...rules, marks, servers, ...vias, ...main].map((resource) => {
    const replace = site.replace.filter((line) => REPLACERS[lineKind(line)].includes(resource.kind));
    const { takeOverFrom } = site;
    return { ...resource, ...(replace.length > 0 && { replace }), ...(takeOverFrom !== undefined && { takeOverFrom }) };
  });
}

/** Which resources a line typed by hand makes room for. The first of them to be applied takes it away. */
const REPLACERS: Record<"mangle" | "nat" | "rule" | "other", readonly Declared["kind"][]> = {
  mangle: ["ConnmarkChain"],
  nat: ["ServerMap"],
  rule: ["FwmarkRule", "WanLink", "SourceRule"],
  other: ["WanLink", "RoutingTable", "DefaultRoute"],
};

function lineKind(line: string): keyof typeof REPLACERS {
  if (line.startsWith("-t mangle ")) return "mangle";
  if (line.startsWith("-t ")) return "nat";
  return /^\d+:/.test(line) ? "rule" : "other";
}

/**
 * Where every packet of a connection is marked, those towards the LAN use the link's table too. With reply-only they do
 * not, but rules by source address know no direction: the router's own replies from an external address to a client
 * inside use the table as well, and so does what a server with `via` sends to its neighbours through the router.
 */
function lanRoutes(site: Site): { network: string; device: string }[] {
  return lansOf(site).flatMap(({ networks, device }) => networks.map((network) => ({ network, device })));
}

/** The router's own address first, then all others in the order of their numbers, so that writing them in another order changes nothing. */
function addressesOf(site: Site, { name, link }: NumberedLink): string[] {
  const published = site.publish.filter((p) => p.link === name).map((p) => p.address);
  const others = [...new Set([...link.aliases, ...published])]
    .filter((address) => address !== link.address && !link.existing.includes(address))
    .sort((a, b) => toNumber(a) - toNumber(b));
  return link.address === undefined || link.existing.includes(link.address) ? others : [link.address, ...others];
}

/** Left out where it is the default, so that nothing of no meaning stands in previews. */
function onlink(link: Link): { onlink?: true } {
  return link.onlink ? { onlink: true } : {};
}

function hasDefault(site: Site): { hasDefault?: true } {
  return site.default === undefined ? {} : { hasDefault: true };
}

function networkd({ networkd }: Site): { networkd?: "keep-foreign" } {
  return networkd === "keep-foreign" ? { networkd } : {};
}

/** The prefix as a name that chains can carry. */
function word(prefix: string): string {
  return prefix
    .replace(/[^A-Za-z0-9_-]/g, "_")
    .replace(/^(?![A-Za-z_])/, "_")
    .slice(0, 31);
}
