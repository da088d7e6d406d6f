/** States of one router that the faults move between: nothing, a site, and two changes of it. */
import { checkSite } from "../../../provider/site/check.ts";
import { compose } from "../../../provider/site/compose.ts";
import { labSite, type Site } from "../../drive/index.ts";
import { deviceOf } from "../routers/script.ts";
import { adoptedOn } from "../routers/site.ts";
import type { RandomRouter } from "../routers/value.ts";

export interface Resource {
  readonly kind: string;
  readonly name: string;
  readonly args: object;
  readonly dependsOn: readonly string[];
  readonly replace?: readonly string[];
}

export type Goal = "none" | "site" | "moved" | "replies";
export const GOALS: readonly Goal[] = ["none", "site", "moved", "replies"];

/**
 * `site` is the write-up's; `moved` has its default on the other link and one door more; `replies` marks otherwise
 * and persists nothing, so that hooks and files go while chains stay.
 */
export function resourcesOf(goal: Goal, router?: RandomRouter): readonly Resource[] {
  if (goal === "none") return [];
  const site: Record<string, unknown> = router ? onRouter(labSite(), router) : labSite();
  if (goal === "moved") {
    site.default = "wan_two";
    const door = { link: "wan_one", address: "123.234.1.14", server: "server3", tcp: [8080] };
    site.publish = [...(site.publish as object[]), door];
  }
  if (goal === "replies") Object.assign(site, { marking: "reply-only", persist: false });
  const checked = checkSite(site as never);
  if ("faults" in checked) throw new Error(JSON.stringify(checked.faults));
  return compose(checked.site, "site");
}

/** The same site on a random router's devices, with bits of the mark that leave room for others. */
function onRouter({ mask: _, ...site }: Site, router: RandomRouter): Site {
  const links = Object.entries(site.links as Record<string, { device: string }>).map(([name, link]) => [
    name,
    { ...link, device: deviceOf(router, link.device) },
  ]);
  return {
    ...site,
    lan: { ...(site.lan as object), device: deviceOf(router, "eth0") },
    links: Object.fromEntries(links),
    replace: adoptedOn(router),
  };
}
