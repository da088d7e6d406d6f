/** The links of a router by name: from the stack file, else from the lines that are ours. Pure. */
import { MAIN_TABLE, type RouteLine, type TableNames } from "../model/line.ts";
import { managedLinks } from "../plan/managed-links.ts";
import { type Manifest, managedLines } from "../plan/manifest.ts";
import { numberedLinks } from "../site/links.ts";
import { siteMask } from "../site/numbers.ts";
import type { Site } from "../site/schema.ts";

export interface NamedLink {
  readonly name: string;
  readonly device: string;
  readonly gateway: string | undefined;
  readonly mark: number;
  readonly mask: number;
  readonly table: number;
}

/** In the order of their numbers. */
export function linksOf(site: Site | undefined, manifest: Manifest, names: TableNames): NamedLink[] {
  if (site) {
    const mask = siteMask(site.mask, Object.values(site.links));
    return numberedLinks(site).map(({ name, link, mark, table }) => ({
      ...{ name, device: link.device, gateway: link.gateway },
      ...{ mark, mask, table },
    }));
  }
  return managedLinks(managedLines(manifest), names)
    .flatMap(({ marks, ...link }) => marks.map((mark): NamedLink => ({ ...link, ...mark })))
    .sort((a, b) => a.table - b.table);
}

/** The link that the main table's default leads to: what carries no mark leaves by it. */
export function defaultLink(links: readonly NamedLink[], routes: readonly RouteLine[]): NamedLink | undefined {
  const defaults = routes.filter((r) => r.table === MAIN_TABLE && r.destination === "default" && r.type === "unicast");
  const best = defaults.toSorted((a, b) => a.metric - b.metric)[0];
  return links.find((link) => best !== undefined && best.device === link.device && best.gateway === link.gateway);
}
