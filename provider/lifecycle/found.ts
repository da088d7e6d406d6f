/** What was in the place of a resource's lines before, as its inputs and outputs tell it. */
import { formatFragment, parseFragment } from "../dialects/fragment.ts";
import type { TableIdOf } from "../dialects/iproute2/table-name.ts";
import { lineKey } from "../dialects/line-key.ts";
import type { Kind } from "../kinds/kind.ts";
import type { Fragment, TableNames } from "../model/line.ts";
import { orElse } from "../model/not-understood.ts";
import { escaped } from "../model/printable.ts";
import { adopted, foundInPlace } from "../plan/found-before.ts";
import type { Live } from "../plan/live.ts";
import type { Entry, Manifest } from "../plan/manifest.ts";
import type { Request } from "../plan/settlement.ts";
import { argumentsOf, configText, desiredOf, linesOf, listed, namesAside, type Props, textOf } from "./inputs.ts";

const NOTHING: Entry = { lines: [], found: [] };

/** What the last run left, from the state: for drift, and for a router whose manifest is gone. */
export function recordedEntry(kind: Kind, olds: Props, names: TableNames): Entry | undefined {
  if (textOf(olds, "config") === "") return undefined;
  // It was written with the names that its own arguments gave: another table may be called so by now.
  const known = [...namesOf(kind, olds), ...names];
  const idOf = (name: string) => known.find(([, one]) => one === name)?.[0];
  try {
    return {
      lines: recordedLines(kind, olds, idOf),
      found: understood([...linesOf(olds, "replaces"), ...linesOf(olds, "adopts")], idOf),
    };
  } catch {
    // Written by another version, or naming a table that no longer has a name: the manifest still knows.
    return undefined;
  }
}

/**
 * The rows without those that name a table which has lost its name: the manifest on the router goes by numbers. Read as a whole, since a
 * chain or a file is several rows. @throws {NotUnderstood} one that no row is by itself
 */
function understood(rows: readonly string[], idOf: TableIdOf): Fragment {
  return orElse(
    () => parseFragment(rows.join("\n"), idOf),
    (error) => {
      if (!rows.includes(error.line)) throw error;
      return understood(
        rows.filter((row) => row !== error.line),
        idOf,
      );
    },
  );
}

/** The names that its arguments give to tables. */
export function namesOf(kind: Kind, props: Props): TableNames {
  const args = kind.schema.safeParse(argumentsOf(props));
  return args.success ? (kind.tableNames?.(args.data) ?? new Map()) : new Map();
}

/** Where a table has another name by now, the arguments still tell which it was. @throws {NotUnderstood} */
function recordedLines(kind: Kind, olds: Props, idOf: (name: string) => number | undefined): Fragment {
  const text = textOf(olds, "config");
  try {
    return parseFragment(text.trimEnd(), idOf);
  } catch (error) {
    const lines = desiredOf(kind, olds);
    if (namesAside(configText(lines)) !== namesAside(text)) throw error;
    return lines;
  }
}

/**
 * `replaces`: other values; they go, are remembered on the router, and come back when the resource goes. `adopts`: the very
 * lines that are wanted; they stay when the resource goes, also where the router has forgotten whose they are.
 */
export function foundLines(
  asking: Pick<Request, "owner" | "recorded"> & { readonly desired: Fragment; readonly adopt: Fragment },
  manifest: Manifest,
  live: Live,
  names: TableNames,
): Props {
  const before = manifest.get(asking.owner) ?? asking.recorded ?? NOTHING;
  const found = asking.desired.flatMap((line) =>
    foundInPlace(line, asking, manifest, live).map((there) => ({ there, same: lineKey(there) === lineKey(line) })),
  );
  const those = (same: boolean) => found.filter((one) => one.same === same).map((one) => one.there);
  const away = adopted(asking, before, manifest, live).map((line) =>
    line.kind === "hook" ? { kind: line.kind, table: line.table, chain: line.chain, rule: line.rule } : line,
  );
  const texts = (lines: Fragment) => (lines.length > 0 ? formatFragment(lines, names).split("\n").map(escaped) : []);
  return {
    ...listed("replaces", texts([...those(false), ...away])),
    ...listed("adopts", texts(those(true))),
  };
}

/**
 * The outputs of a resource that has been applied: of a line that several were offered the manifest says who took it.
 * @param manifest undefined where the router could not be read after the change
 */
export function asApplied(kind: Kind, outs: Props, manifest: Manifest | undefined, names: TableNames): Props {
  const owner = textOf(outs, "owner");
  if (!manifest?.has(owner)) return outs;
  const { replaces: _, adopts: __, ...rest } = outs;
  return { ...rest, ...foundLines({ owner, desired: desiredOf(kind, outs), adopt: [] }, manifest, UNASKED, names) };
}

/** The entry knows of every line. */
const UNASKED: Live = { lines: [], has: () => false, inSlot: () => [] };
