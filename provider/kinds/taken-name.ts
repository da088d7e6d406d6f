/** Whether rt_tables lets a table have its name. */

import { sayTables } from "../coexistence/free.ts";
import { looksLike } from "../coexistence/recognise.ts";
import { formatRoute } from "../dialects/iproute2/route.ts";
import type { RouteLine, TableNameLine } from "../model/line.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Issue, View } from "./kind.ts";

/**
 * Refused is what others have written there. A line of the last run that has another name or number now is drift, and mended,
 * unless somebody uses the table that it names now.
 */
export function refuseTakenName(view: View, table: number, wanted: string): Issue[] {
  const { path, text, names } = view.snapshot.tableNames;
  // What is not UTF-8 arrives as U+FFFD and would be written back as that.
  if (text?.includes("\uFFFD") && names.get(table) !== wanted)
    return [
      {
        path: ["name"],
        message: `${path} has bytes that are not UTF-8, which a new line there would spoil; convert it, or write "${table} ${wanted}" there by hand`,
      },
    ];
  return [...names]
    .filter(([id, name]) => (id === table) !== (name === wanted))
    .map(([id, name]): TableNameLine => ({ kind: "table-name", id, name }))
    .filter((line) => !view.isOurs(line))
    .flatMap((line) => (line.id === table ? otherName(line, view) : otherNumber(line, view, table)));
}

/** The table's number has another name. */
function otherName(line: TableNameLine, view: View): Issue[] {
  const { snapshot, lastNames } = view;
  const was = lastNames?.get(line.id);
  const issue = (message: string): Issue[] => [{ path: ["table"], message: `${say(line, snapshot)}${message}` }];
  if (was === undefined) return issue(`${looksLike(line, snapshot)}; take another table number`);
  if (isInDropIn(line, snapshot)) return issue(`, which counts for more than "${line.id} ${was}"; remove it`);
  const foreign = foreignRoutes(view, line.id);
  if (foreign.length === 0) return [];
  const routes = foreign.map((route) => formatRoute(route)).join("; ");
  return issue(
    `, which was "${line.id} ${was}" after the last run, and the table has routes of another program: ${routes}. Remove these routes and the next up writes its own name there, or take another table number here; ${sayTables(snapshot)}`,
  );
}

/** The table's name belongs to another number. */
function otherNumber(line: TableNameLine, view: View, table: number): Issue[] {
  const { snapshot, lastNames, namedTables } = view;
  const issue = (message: string): Issue[] => [{ path: ["name"], message: `${say(line, snapshot)}${message}` }];
  if (lastNames?.get(table) !== line.name) return issue(`${looksLike(line, snapshot)}; take another name`);
  if (isInDropIn(line, snapshot)) return issue(`, and the last run has given that name to table ${table}; remove it`);
  if (snapshot.tableNames.names.get(table) === line.name)
    return issue(`, and the name of table ${table} too: ip shows both by one name; remove it`);
  // Another managed table's line: its own resource writes it again.
  if (namedTables?.has(line.id)) return [];
  return isUsed(line.id, snapshot)
    ? issue(`, and the last run has given that name to table ${table}; give table ${line.id} another name there`)
    : [];
}

const say = ({ id, name }: TableNameLine, { tableNames: { path, dropInOf } }: Snapshot) =>
  `${dropInOf?.get(id) ?? path} already has the line "${id} ${name}"`;

const isInDropIn = ({ id }: TableNameLine, { tableNames }: Snapshot) => tableNames.dropInOf?.has(id) ?? false;

/** Routes of a table that neither a run has put there nor this resource declares. */
export function foreignRoutes({ snapshot, isOurs, isDesired }: View, table: number): readonly RouteLine[] {
  return snapshot.routes.filter((route) => route.table === table && !isOurs(route) && !isDesired(route));
}

function isUsed(table: number, { routes, rules }: Snapshot): boolean {
  return [...routes, ...rules].some((line) => line.table === table);
}
