import { checkAddresses } from "./check-addresses.ts";
import { checkDoors } from "./check-doors.ts";
import { checkLinks } from "./check-links.ts";
import { checkNumbers } from "./check-numbers.ts";
import { draftOf } from "./draft.ts";
import { type Fault, formatFault, type Path, shapeFaults } from "./faults.ts";
import { type Site, siteSchema } from "./schema.ts";

export type { Fault };

/** What the program knows beside the site. */
export interface Surroundings {
  /** Where the operator logs in: a published port there would lock him out. */
  readonly login?: { readonly host: string; readonly port: number } | undefined;
}

/**
 * Checks a site as a person wrote it. Everything that is wrong comes at once: keys, types and values, then what
 * contradicts itself in the parts that can be read.
 */
export function checkSite(written: unknown, surroundings: Surroundings = {}): { site: Site } | { faults: Fault[] } {
  const shape = shapeFaults(written);
  const draft = draftOf(written);
  const found = [
    ...shape,
    ...checkLinks(draft),
    ...checkNumbers(draft),
    ...checkAddresses(draft),
    ...checkDoors(draft, surroundings.login),
  ];
  return found.length > 0 ? { faults: inOrder(found, written) } : { site: siteSchema.parse(written) };
}

/** A line per fault: `multiwan:site.links.wan_two.id: 1 is the id of wan_one already`. */
export function formatFaults(faults: readonly Fault[], root: string): string[] {
  return faults.map((fault) => formatFault(fault, root));
}

/** Faults stand in the order in which their paths stand in the file; those of one path stay as they were found. */
function inOrder(faults: readonly Fault[], written: unknown): Fault[] {
  const places = faults.map((fault) => ({ fault, place: placeOf(fault.path, written) }));
  return places.sort((a, b) => comparePlaces(a.place, b.place)).map(({ fault }) => fault);
}

function placeOf(path: Path, written: unknown): number[] {
  let value = written;
  return path.map((key) => {
    const keys = typeof value === "object" && value !== null ? Object.keys(value) : [];
    const at = keys.indexOf(String(key));
    value = at < 0 ? undefined : (value as Record<string, unknown>)[key];
    // What is missing comes behind what is there.
    return at < 0 ? keys.length : at;
  });
}

function comparePlaces(a: readonly number[], b: readonly number[]): number {
  const differs = a.findIndex((place, i) => place !== b[i]);
  return differs < 0 || b[differs] === undefined ? a.length - b.length : a[differs]! - b[differs]!;
}
