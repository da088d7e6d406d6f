/** Which of the sites in a stack's config is the one of a router: the one that means its changed resources. Pure. */
import { isDeepStrictEqual } from "node:util";
import { compose } from "../../site/compose.ts";
import type { Site } from "../../site/schema.ts";
import type { Props, Step } from "./preview.ts";

/** @returns undefined where none fits, or where several do that are not the same: those cannot be told apart */
export function siteOf(
  sites: readonly Site[],
  steps: readonly Step[],
  components: readonly string[],
): Site | undefined {
  const fitting = sites.filter((site) => components.length === 1 && fits(site, steps, components[0]!));
  return fitting.every((one) => isDeepStrictEqual(one, fitting[0])) ? fitting[0] : undefined;
}

/** Of a whole that goes the config still says what it was. */
function fits(site: Site, steps: readonly Step[], component: string): boolean {
  const declared = new Map(compose(site, component).map((one) => [`${one.kind} ${one.name}`, one.args as Props]));
  const isDestroy = steps.every(({ op }) => op === "delete");
  return steps.every(({ op, kind, name, before, after }) => {
    const args = declared.get(`${kind} ${name}`);
    if (op === "delete" && !isDestroy) return args === undefined;
    return args !== undefined && meant(args, op === "delete" ? before : after);
  });
}

/** A program leaves out what is undefined. */
function meant(args: Props, props: Props): boolean {
  const given = JSON.parse(JSON.stringify(args)) as Props;
  return Object.entries(given).every(([key, value]) => isDeepStrictEqual(props[key], value));
}
