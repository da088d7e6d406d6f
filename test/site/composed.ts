/** The resources that a site means, and a small site. */
import { checkSite } from "../../provider/site/check.ts";
import { compose, type Declared } from "../../provider/site/compose.ts";
import type { SiteArgs } from "../../provider/site/schema.ts";

export function composed(site: SiteArgs): Declared[] {
  const result = checkSite(site);
  if ("faults" in result) throw new Error(JSON.stringify(result.faults));
  return compose(result.site, "site");
}

export type Args<Kind extends Declared["kind"]> = Extract<Declared, { kind: Kind }>["args"];

export function argsOf<Kind extends Declared["kind"]>(site: SiteArgs, kind: Kind): Args<Kind>[] {
  return composed(site)
    .filter((r) => r.kind === kind)
    .map((r) => r.args as Args<Kind>);
}

export const small = {
  lan: { device: "lan0", networks: ["192.168.7.0/24"] },
  links: { dsl: { id: 3, device: "wan0", gateway: "192.0.2.1" } },
} satisfies SiteArgs;
