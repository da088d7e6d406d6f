/** The links and the LANs of a site, in the form in which everything else wants them. */
import { type LinkNumbers, linkNumbers, siteMask } from "./numbers.ts";
import type { Lan, Link, Site } from "./schema.ts";

/** A link with everything that follows from the site around it. */
export interface NumberedLink extends LinkNumbers {
  readonly name: string;
  readonly link: Link;
}

export function numberedLinks(site: Site): NumberedLink[] {
  const mask = siteMask(site.mask, Object.values(site.links));
  return Object.entries(site.links)
    .map(([name, link]) => ({ name, link, ...linkNumbers(link, mask) }))
    .sort((a, b) => a.link.id - b.link.id);
}

export function lansOf(site: Site): readonly Lan[] {
  return [site.lan].flat();
}
