import {
  DEFAULT_TABLE,
  type Fragment,
  LOCAL_TABLE,
  MAIN_TABLE,
  type TableNameLine,
  type TableNames,
} from "../../model/line.ts";
import { NotUnderstood } from "../../model/not-understood.ts";
import { cksum } from "../cksum.ts";

/** The ids that every `ip` knows by name, whatever rt_tables says. */
const BUILT_IN: TableNames = new Map([
  [LOCAL_TABLE, "local"],
  [MAIN_TABLE, "main"],
  [DEFAULT_TABLE, "default"],
]);

/** The first line of a file whose folder was not there either: both go together. */
export const MADE_WITH_FOLDER = "# This file and its folder were made by pulumi-multiwan.";
/** The first line of a file that was there and empty: it is empty again when the names are gone. */
export const WAS_EMPTY = "# This file was empty before pulumi-multiwan wrote to it.";

/** The line before a copy of another file's text, with its checksum: what is still that copy can go. */
export const copyOf = (path: string, text: string) =>
  `# Copy of ${path}, made by pulumi-multiwan: ${cksum(text)}\n${text}`;

/** Is it a copy as it was made? */
export function isCopy(text: string): boolean {
  const [, path = "", rest = ""] = /^# Copy of (\S+), made by pulumi-multiwan: [^\n]*\n(.*)$/s.exec(text) ?? [];
  return path !== "" && text === copyOf(path, rest);
}

/** Does the text name a table that `ip` does not know by itself? */
export function namesMore(text: string): boolean {
  return [...parseTableNames(text)].some(([id, name]) => BUILT_IN.get(id) !== name && name !== "unspec");
}

/** `/etc/iproute2/rt_tables: 1 wan_one` */
export function formatTableName(line: TableNameLine): string {
  return `/etc/iproute2/rt_tables: ${line.id} ${line.name}`;
}

/** The inverse of formatTableName. */
export function parseTableName(text: string): TableNameLine {
  const match = /^\/etc\/iproute2\/rt_tables: (\d+) (\S+)$/.exec(text);
  if (!match) throw new NotUnderstood("table name", text);
  return { kind: "table-name", id: Number(match[1]), name: match[2]! };
}

/**
 * Names in the text of an rt_tables file. A later line for the same id wins, as in `ip` itself; what is no entry (a
 * comment, a lone word) is passed over, as `ip` does.
 */
export function parseTableNames(text: string): TableNames {
  const names = new Map<number, string>();
  for (const line of text.split("\n")) {
    const match = /^\s*(0x[0-9a-f]+|\d+)\s+([^\s#]\S*)/i.exec(line);
    if (match) names.set(Number(match[1]), match[2]!);
  }
  return names;
}

/** Names that lines give to tables. Of two for one table the later one counts. */
export function namesGiven(lines: Fragment): TableNames {
  return new Map(lines.flatMap((line) => (line.kind === "table-name" ? [[line.id, line.name]] : [])));
}

/** How a table is shown: by name where `names` are given and have one, else by id. */
export function showTable(id: number, names?: TableNames): string {
  const name = names?.get(id) ?? (names && BUILT_IN.get(id));
  // Anything can stand in rt_tables; what could forge a line or move the cursor is shown by its number.
  return name === undefined || /[\p{C}\p{Zl}\p{Zp}]/u.test(name) ? String(id) : name;
}

/** Which table a tool means by a word: an id, a name, or nothing where the name is unknown. */
export type TableIdOf = (word: string) => number | undefined;

/** Reads a table's id, or its name by `names` and the built-in ones. A name that two ids share tells nothing. */
export function tableIdOf(names: TableNames): TableIdOf {
  const ids = new Map<string, number | undefined>();
  for (const [id, name] of BUILT_IN) ids.set(name, id);
  for (const [id, name] of names) ids.set(name, ids.has(name) && ids.get(name) !== id ? undefined : id);
  // busybox takes the rest of `isp#2` for a comment.
  for (const [id, name] of names) {
    const short = name.split("#")[0]!;
    if (short !== "" && !ids.has(short)) ids.set(short, id);
  }
  return (word) => (ids.has(word) ? ids.get(word) : parseTableId(word));
}

export function parseTableId(word: string): number | undefined {
  // busybox prints large ids as negative numbers.
  if (/^-\d{1,10}$/.test(word) && Number(word) >= -0x80000000) return Number(word) >>> 0;
  return /^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(word) && Number(word) <= 0xffffffff ? Number(word) : undefined;
}
