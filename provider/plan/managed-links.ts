/** The links that managed lines make: a default route in a table, and the policy rules by mark that lead there. Pure. */
import { type Fragment, FULL_MASK, MAIN_TABLE, type RouteLine, type RuleLine, type TableNames } from "../model/line.ts";
import type { MarkAndMask } from "../model/mark.ts";

export interface ManagedLink {
  /** As the router calls the table; `table 7` where it has no name. */
  readonly name: string;
  readonly device: string;
  readonly gateway: string | undefined;
  readonly table: number;
  /** Of the rules that lead there: two while a mark is renumbered. */
  readonly marks: readonly MarkAndMask[];
}

/** In the order of their default routes; of two in one table the first counts. A table that no rule by mark leads to is none. */
export function managedLinks(lines: Fragment, names: TableNames): ManagedLink[] {
  const marked = Map.groupBy(
    lines.filter((line): line is RuleLine => line.kind === "rule" && line.mark !== undefined),
    ({ table = MAIN_TABLE }) => table,
  );
  const ways = lines.filter(
    (line): line is RouteLine & { readonly device: string } =>
      line.kind === "route" && line.type === "unicast" && line.destination === "default" && line.device !== undefined,
  );
  const first = new Map(ways.toReversed().map((way) => [way.table, way]));
  return ways
    .filter((way) => first.get(way.table) === way && marked.has(way.table))
    .map(({ table, device, gateway }) => ({
      ...{ name: tableTitle(table, names), device, gateway, table },
      marks: marked.get(table)!.map(({ mark = 0, mask = FULL_MASK }) => ({ mark, mask })),
    }));
}

/** What a table is called to a person. */
export function tableTitle(table: number, names: TableNames): string {
  return names.get(table) ?? `table ${table}`;
}
