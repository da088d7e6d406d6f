import { checkAddresses } from "./check-addresses.ts";
import { checkDoors, type Login } from "./check-doors.ts";
import { checkLinks } from "./check-links.ts";
import { checkNumbers } from "./check-numbers.ts";
import { type Draft, draftOf } from "./draft.ts";
import { type Fault, formatFault, type Path, readShape } from "./faults.ts";
import { type OldName, withCurrentNames } from "./old-names.ts";
import { keysAt, type Site } from "./schema.ts";

export type { Fault };

/** What the program knows beside the site. */
export interface Surroundings {
  /** Where the operator gets in: a published port there would lock him out. */
  readonly logins?: readonly Login[];
}

/** A site that holds, read once: who is given it has nothing to check again. */
export interface Checked {
  readonly site: Site;
  /** Settings under names of earlier versions, to be warned of. */
  readonly old: readonly OldName[];
}

/**
 * Checks a site as a person wrote it. Everything that is wrong comes at once: keys, types and values, then what
 * contradicts itself in the parts that can be read. The site that comes out is frozen, and is known when it comes again.
 */
export function checkSite(given: unknown, surroundings: Surroundings = {}): Checked | { faults: Fault[] } {
  if (isChecked(given)) return { site: given, old: [] };
  const { written, old } = withCurrentNames(given);
  const { site, faults } = readShape(written);
  const draft = draftOf(written);
  const found = [
    ...faults,
    ...checkLinks(draft),
    ...checkNumbers(draft),
    ...checkAddresses(draft),
    ...checkDoors(draft, surroundings.logins ?? []),
    ...checkFiles(draft),
  ];
  if (found.length > 0 || site === undefined) return { faults: inOrder(found, written) };
  CHECKED.add(frozen(site));
  return { site, old };
}

const CHECKED = new WeakSet<object>();

function isChecked(value: unknown): value is Site {
  return typeof value === "object" && value !== null && CHECKED.has(value);
}

/** At any depth: nobody makes another site of one that was checked. */
function frozen<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null)
    for (const inner of Object.values(Object.freeze(value))) frozen(inner);
  return value;
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
