/** Where in a site an argument of a resource stands, if not under its own name: errors name what the user wrote. */
import type { Declared } from "./compose.ts";
import { doorsOf } from "./doors.ts";
import type { Path } from "./faults.ts";
import { lansOf } from "./links.ts";
import type { Site } from "./schema.ts";

/**
 * By argument, or `entries.3` for one of a list: keys from the top of the site. The longest name that fits an issue's path counts,
 * and what comes behind it in that path follows.
 */
export type Places = Readonly<Record<string, Path>>;

export function placesOf(site: Site, { kind, at, args }: Pick<Declared, "kind" | "at" | "args">): Places {
  return { replace: ["replace"], takeOverFrom: ["takeOverFrom"], ...special(site, kind, at, args) };
}

function special(site: Site, kind: Declared["kind"], at: Path, args: Declared["args"]): Places {
  switch (kind) {
    case "WanLink": {
      const { addresses = [] } = args as { addresses?: string[] };
      const numbers = { inboundPriority: ["inboundPriority"], insidePriority: ["insidePriority"] };
      return {
        linkId: [...at, "id"],
        link: at,
        ...numbers,
        ...listed("addresses", addresses, (a) => addressPlace(site, at, a)),
      };
    }
    case "RoutingTable":
      return { name: at, ...listed("lan", lanPlaces(site), (place) => place) };
    case "FwmarkRule":
      return { mask: ["mask"], tableName: at };
    case "SourceRule": {
      const written = [...at, "address"];
      const numbers = { insidePriority: ["insidePriority"], priority: ["sourcePriority"] };
      return { source: written, table: [...at, "via"], tableName: [...at, "via"], ...numbers };
    }
    case "DefaultRoute":
      return { metric: ["defaultMetric"] };
    case "ConnmarkChain":
      return { chain: [] };
    case "ServerMap": {
      const { outgoing = [], masquerade = [] } = args as Record<
        "outgoing" | "masquerade",
        { device: string }[] | undefined
      >;
      const doors = site.publish.flatMap((publish, i) => doorsOf(publish).map(({ path }) => ["publish", i, ...path]));
      return {
        map: [],
        forward: ["forward"],
        ...listed("entries", doors, (place) => place),
        ...listed("outgoing", outgoing, ({ device }) => linkWith(site, device)),
        ...listed("masquerade", masquerade, ({ device }) => linkWith(site, device)),
        ...listed("hairpin", lanPlaces(site), (place) => place),
      };
    }
    case "BootConfig":
      return { hooks: ["persist"], networkd: ["networkd"] };
  }
}

function listed<Item>(name: string, items: readonly Item[], place: (item: Item) => Path): Places {
  return Object.fromEntries(items.map((item, i) => [`${name}.${i}`, place(item)]));
}

/** Of the link itself, or of what it publishes. */
function addressPlace(site: Site, at: Path, address: string): Path {
  const link = site.links[String(at[1])];
  if (link?.address === address) return [...at, "address"];
  const alias = link?.aliases.indexOf(address) ?? -1;
  if (alias >= 0) return [...at, "aliases", alias];
  return ["publish", site.publish.findIndex((p) => p.link === at[1] && p.address === address), "address"];
}

/** One per network, in the order in which the LAN's routes are made. */
function lanPlaces(site: Site): Path[] {
  const single = !Array.isArray(site.lan);
  return lansOf(site).flatMap(({ networks }, i) => networks.map(() => (single ? ["lan"] : ["lan", i])));
}

function linkWith(site: Site, device: string): Path {
  const [name] = Object.entries(site.links).find(([, link]) => link.device === device) ?? [];
  return name === undefined ? ["links"] : ["links", name];
}
