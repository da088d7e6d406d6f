/** The proof of a declaration, before anything is asked of a router. */

import { isBroken } from "../proof/change.ts";
import type { Proved } from "../proof/claim.ts";
import { prove } from "../proof/prove.ts";
import { storyOf } from "../proof/story.ts";
import { declaredMachine } from "./declared.ts";
import { obligationsOf } from "./obligations.ts";
import type { Site } from "./schema.ts";

/** Every connection of a site on the router that it declares. */
export function proveSite(site: Site): Proved[] {
  return prove(declaredMachine(site), obligationsOf(site));
}

/** What the proof of a site has to say. */
export interface SiteProof {
  /** Why it does not do what it is there for, with the packet that shows it; empty when it does. */
  readonly faults: readonly string[];
  /** What it loses when one of its links goes down, beside that link. */
  readonly weaknesses: readonly string[];
}

export function siteProof(site: Site): SiteProof {
  const all = proveSite(site);
  const broken = all.filter(isBroken);
  const weak = Map.groupBy(
    all.filter(({ answer, claim }) => answer.kind === "no" && claim.down !== undefined),
    ({ claim }) => claim.down!,
  );
  return {
    faults: broken.length === 0 ? [] : [...howMany(broken), ...storyOf(broken[0]!)],
    weaknesses: [...weak].map(([link, [first, ...more]]) => {
      const others = more.length > 0 ? ` and ${more.length} more` : "";
      const why = first!.answer.kind === "no" ? first!.answer.why : "";
      return `while the device of ${link} is down, others lose connections too: ${first!.claim.name}${others}; ${why}`;
    }),
  };
}

function howMany(broken: readonly Proved[]): string[] {
  const flows = new Set(broken.map(({ claim }) => claim.name)).size;
  return flows > 1 ? [`${flows} kinds of connections would not get their replies; the first of them:`] : [];
}
