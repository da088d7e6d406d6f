/** The proof of a declaration, before anything is asked of a router. */
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

/** Why a site does not do what it is there for, with the packet that shows it; empty when it does. */
export function proofFaults(site: Site): string[] {
  const broken = proveSite(site).filter(({ answer }) => answer.kind === "no");
  const [first] = broken;
  if (!first) return [];
  const flows = new Set(broken.map(({ claim }) => claim.name)).size;
  return [
    ...(flows > 1 ? [`${flows} kinds of connections would not get their answers; the first of them:`] : []),
    ...storyOf(first),
  ];
}
