import { checkAddresses } from "./check-addresses.ts";
import { checkDoors, type Login } from "./check-doors.ts";
import { checkLinks } from "./check-links.ts";
import { checkNumbers } from "./check-numbers.ts";
import { type Draft, draftOf } from "./draft.ts";
import { type Fault, formatFault, type Path, shapeFaults } from "./faults.ts";
import { keysAt, type Site, siteSchema } from "./schema.ts";

export type { Fault };

/** What the program knows beside the site. */
export interface Surroundings {
  /** Where the operator gets in: a published port there would lock him out. */
  readonly logins?: readonly Login[];
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
    ...checkDoors(draft, surroundings.logins ?? []),
    ...checkFiles(draft),
  ];
  return found.length > 0 ? { faults: inOrder(found, written) } : { site: siteSchema.parse(written) };
}

/** What is asked for on the router's disk without persistence, which owns what is there. */
function checkFiles({ persist, networkd }: Draft): Fault[] {
  return persist === false && networkd === "keep-foreign"
    ? [{ path: ["networkd"], message: "keep-foreign is a file that stays on the router: it needs persist: true" }]
    : [];
}

/** A line per fault: `multiwan:site.links.wan_two.id: 1 is the id of wan_one already`. */
export function formatFaults(faults: readonly Fault[], root: string): string[] {
  return faults.map((fault) => formatFault(fault, root));
}

/** Faults come in the order of the documentation; names and lists in that of the file. Pulumi sorts the keys it hands over. */
function inOrder(faults: readonly Fault[], written: unknown): Fault[] {
  return faults
    .map((fault) => ({ fault, place: placeOf(fault.path, written) }))
    .sort((a, b) => comparePlaces(a.place, b.place))
    .map(({ fault }) => fault);
}

function placeOf(path: Path, written: unknown): number[] {
  let value = written;
  return path.map((key, depth) => {
    const known = keysAt(path.slice(0, depth)) ?? Object.keys(Object(value));
    value = Object(value)[key];
    return typeof key === "number" ? key : known.indexOf(key);
  });
}

function comparePlaces(a: readonly number[], b: readonly number[]): number {
  const differs = a.findIndex((place, i) => place !== b[i]);
  return differs < 0 || b[differs] === undefined ? a.length - b.length : a[differs]! - b[differs]!;
}
