/** Editing rt_tables: own lines come and go, every other byte stays. Pure: text in, text out. */

import {
  copyOf,
  isCopy,
  MADE_WITH_FOLDER,
  namesMore,
  parseTableNames,
  WAS_EMPTY,
} from "../dialects/iproute2/table-name.ts";
import { quote } from "../dialects/quote.ts";
import type { TableNameLine } from "../model/line.ts";
import type { TableNamesFile } from "../model/snapshot.ts";
import type { Owned } from "./settlement.ts";
import { source } from "./source.ts";
import { phaseOf, removal, type Step } from "./step.ts";

/**
 * What `ip` reads first. Where only a packaged file exists, which `ip` then no longer reads, this one is made, with the names of
 * that one in it, and later removed.
 */
const OWN_FILE = "/etc/iproute2/rt_tables";
const MADE = `${MADE_WITH_FOLDER}\n`;
const EMPTY = `${WAS_EMPTY}\n`;

/**
 * Inserts and removes lines. Own lines stand together in the order of their ids, whatever the order in which they came.
 * A last line that does not end in a newline stays last, so that its missing byte need not be remembered.
 */
export function editTableNames(
  text: string,
  put: readonly TableNameLine[],
  drop: readonly TableNameLine[],
  ours: readonly TableNameLine[],
): string {
  const written = ({ id, name }: TableNameLine) => `${id} ${name}`;
  const rows = text.split("\n");
  // As we wrote it, or as somebody has spelled it since.
  for (const line of drop) {
    const exact = rows.indexOf(written(line));
    const at = exact >= 0 ? exact : rows.findIndex((row) => parseTableNames(row).get(line.id) === line.name);
    if (at >= 0) rows.splice(at, 1, ...(at === rows.length - 1 ? [""] : []));
  }
  const end = rows.at(-1)!;
  const lines = rows.slice(0, -1);
  const own = new Map(ours.map((line) => [written(line), line.id]));
  for (const line of put) {
    const after = lines.findLastIndex((text) => (own.get(text) ?? Number.POSITIVE_INFINITY) < line.id);
    const before = lines.findIndex((text) => (own.get(text) ?? Number.NEGATIVE_INFINITY) > line.id);
    const at = after >= 0 ? after + 1 : before >= 0 ? before : lines.length;
    lines.splice(at, 0, written(line));
    own.set(written(line), line.id);
  }
  return lines.map((line) => `${line}\n`).join("") + end;
}

/** Does it give the table another name, or its name to another table? */
export function isInPlaceOf(there: TableNameLine, line: TableNameLine): boolean {
  return (there.id === line.id) !== (there.name === line.name);
}

/**
 * @param ours the names that are in the manifest, before the change and after it
 */
export function tableNameSteps(
  file: TableNamesFile,
  put: readonly Owned[],
  drop: readonly Owned[],
  ours: readonly TableNameLine[],
): Step[] {
  const isName = (owned: Owned): owned is Owned & { line: TableNameLine } => owned.line.kind === "table-name";
  const adding = put.filter(isName);
  const dropping = drop.filter(isName);
  if (adding.length + dropping.length === 0) return [];
  const touched = [...adding, ...dropping];
  // A renamed table: its old line makes room in the same write, and so does one that has taken the name to another number. What may
  // not make room is refused in the preview.
  const isOurs = ({ id, name }: TableNameLine) => ours.some((line) => line.id === id && line.name === name);
  const replaced = [...file.names]
    .map(([id, name]): TableNameLine => ({ kind: "table-name", id, name }))
    .filter((there) => adding.some(({ line }) => isInPlaceOf(there, line) && (there.id === line.id || !isOurs(there))));
  const before = file.path === OWN_FILE ? file.text : undefined;
  const edited = editTableNames(
    before || startOf(file),
    adding.map((o) => o.line),
    [...dropping.map((o) => o.line), ...replaced],
    ours,
  );
  return [
    {
      phase: adding.length > 0 ? phaseOf(touched[0]!) : removal(phaseOf(touched[0]!)),
      owners: [...new Set(touched.map((o) => o.owner))],
      disk: true,
      touches: [...touched.map((o) => o.line), ...replaced],
      what: `write ${OWN_FILE}`,
      run: `edit_file ${quote(OWN_FILE)} "$T/rt_tables.undo" "$T/rt_tables.do"`,
      undo: `unedit_file ${quote(OWN_FILE)} "$T/rt_tables.do" "$T/rt_tables.undo"`,
      files: {
        ...source("rt_tables.do", textAfter(edited)),
        ...source("rt_tables.undo", before),
      },
    },
  ];
}

/** What a file of one's own begins with. */
function startOf({ path, text, noFolder }: TableNamesFile): string {
  if (path === OWN_FILE && text !== undefined) return EMPTY;
  return `${noFolder ? MADE : ""}${text !== undefined && namesMore(text) ? copyOf(path, text) : ""}`;
}

/** undefined: without own lines in it the file goes, unless it was there before. */
function textAfter(edited: string): string | undefined {
  if (edited === EMPTY) return "";
  const own = edited.startsWith(MADE) ? edited.slice(MADE.length) : edited;
  return own === "" || own === EMPTY || isCopy(own) ? undefined : edited;
}
