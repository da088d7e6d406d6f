import { formatNetwork, parseNetwork } from "../../model/ip.ts";
import { FULL_MASK, type RuleLine, type TableNames } from "../../model/line.ts";
import { formatMark, parseMark } from "../../model/mark.ts";
import { type KeepUnknown, NotUnderstood, orElse } from "../../model/not-understood.ts";
import { showTable, type TableIdOf, tableIdOf } from "./table-name.ts";

/** Where the tools print what stands in `rest`: these before `from`, these before `fwmark`, these before `lookup`, others last. */
const BEFORE_FROM = new Set(["not"]);
const BEFORE_MARK = new Set(["tos", "dsfield"]);
const BEFORE_LOOKUP = new Set(["iif", "oif", "uidrange", "ipproto", "sport", "dport", "tun_id"]);

/** Words without a value; any other word of `rest` has one. */
const ALONE = new Set(["not", "unreachable", "blackhole", "prohibit", "nop", "masquerade"]);

/** `1024: from all fwmark 0x1 lookup wan_one`, in the order of `ip rule show`. */
export function formatRule(line: RuleLine, names?: TableNames): string {
  if (line.unknown !== undefined) return `${line.priority}: ${line.unknown}`;
  const rest = ruleEntries(line.rest ?? "");
  const of = (set: ReadonlySet<string>) => rest.filter((entry) => set.has(entry[0]!)).flat();
  const last = rest.filter(([word]) => ![BEFORE_FROM, BEFORE_MARK, BEFORE_LOOKUP].some((set) => set.has(word!))).flat();
  return [
    `${line.priority}:`,
    ...of(BEFORE_FROM),
    "from",
    line.from,
    ...(line.to === undefined ? [] : ["to", line.to]),
    ...of(BEFORE_MARK),
    ...(line.mark === undefined ? [] : ["fwmark", showMark(line.mark, line.mask ?? FULL_MASK)]),
    ...of(BEFORE_LOOKUP),
    ...(line.table === undefined ? [] : ["lookup", showTable(line.table, names)]),
    ...last,
  ].join(" ");
}

/** `rest` as entries of a word and its value. */
export function ruleEntries(rest: string): readonly (readonly string[])[] {
  const entries: string[][] = [];
  const tokens = rest.split(" ").filter((token) => token !== "");
  while (tokens.length > 0) entries.push(tokens.splice(0, ALONE.has(tokens[0]!) ? 1 : 2));
  return entries;
}

/** Words of `rest` with their values; a word that stands alone has the value "". */
export function wordsOf({ rest = "" }: RuleLine): ReadonlyMap<string, string> {
  return new Map(ruleEntries(rest).map(([word = "", value = ""]) => [word, value]));
}

/** `ip` prints the mark 0 as `0`. */
function showMark(mark: number, mask: number): string {
  const hex = (value: number) => (value === 0 ? "0" : formatMark(value));
  return mask === FULL_MASK ? hex(mark) : `${hex(mark)}/${hex(mask)}`;
}

/** Rules in the output of `ip rule show`, iproute2 of any age or busybox. */
export function parseRules(text: string, names: TableNames, keep?: KeepUnknown): readonly RuleLine[] {
  const idOf = tableIdOf(names);
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) =>
      orElse(
        () => parseRule(line, idOf),
        (error): RuleLine => {
          const [, priority, unknown] = /^(\d{1,10}):\s+(\S.*)$/.exec(line.trim()) ?? [];
          if (!keep || unknown === undefined) throw error;
          keep("ip rule", line.trim());
          return { kind: "rule", priority: Number(priority), from: "all", unknown };
        },
      ),
    );
}

/** One rule, in canonical words or as a router printed it. */
export function parseRule(text: string, idOf: TableIdOf): RuleLine {
  const [priority = "", ...words] = text.trim().split(/\s+/);
  if (!/^\d{1,10}:$/.test(priority)) throw new NotUnderstood("rule", text);
  const line: Draft = { kind: "rule", priority: Number(priority.slice(0, -1)), from: "all" };
  const rest: string[] = [];
  const reading = { text, line, rest, words, idOf };
  while (words.length > 0) readEntry(reading, words.shift()!);
  if (rest.length > 0) line.rest = rest.join(" ");
  return line;
}

type Draft = { -readonly [K in keyof RuleLine]: RuleLine[K] };

interface Reading {
  readonly text: string;
  readonly line: Draft;
  /** Words that are no field of the line. */
  readonly rest: string[];
  /** Those that are still to be read. */
  readonly words: string[];
  readonly idOf: TableIdOf;
}

/** These say that a device or a goto target is absent at the moment. */
const PASSING = new Set(["[detached]", "[unresolved]"]);

/** Words whose value is a field of the line. */
const FIELDS: ReadonlyMap<string, (reading: Reading, value: string) => void> = new Map([
  ["from", readFrom],
  ["to", readTo],
  ["fwmark", readMark],
  ["lookup", readPrintedLookup],
  ["table", readLookup],
]);

function readEntry(reading: Reading, word: string): void {
  const { text, rest, words } = reading;
  if (PASSING.has(word)) return;
  if (ALONE.has(word)) return void rest.push(word);
  const value = words.shift();
  if (value === undefined) throw new NotUnderstood("rule", text);
  const readField = FIELDS.get(word);
  if (readField) readField(reading, value);
  else rest.push(word, value);
}

function readNetwork(word: string, text: string): string {
  if (word === "all" || word === "any" || word === "0/0") return "all";
  const network = parseNetwork(word);
  if (!network) throw new NotUnderstood("rule", text);
  return network.prefix === 0 ? "all" : formatNetwork(network);
}

function readFrom({ line, text }: Reading, word: string): void {
  line.from = readNetwork(word, text);
}

function readTo({ line, text }: Reading, word: string): void {
  const to = readNetwork(word, text);
  if (to !== "all") line.to = to;
}

/** The tools print hexadecimal; the oldest of them (`fwmark        1`) without 0x. */
function readMark({ line, text }: Reading, word: string): void {
  const [mark, mask] = word.split("/").map((part) => parseMark(part.startsWith("0x") ? part : `0x${part}`));
  if (mark === undefined || (word.includes("/") && mask === undefined)) throw new NotUnderstood("rule", text);
  line.mark = mark;
  if (mask !== undefined && mask !== FULL_MASK) line.mask = mask;
}

/** busybox prints other actions as `lookup unspec ACTION`, goto and nop by the names of route types. */
const UNSPEC_ACTIONS: ReadonlyMap<string, string> = new Map([
  ["unreachable", "unreachable"],
  ["blackhole", "blackhole"],
  ["prohibit", "prohibit"],
  ["broadcast", "nop"],
  ["local", "goto ?"],
]);

/** A table that has no id here (`[l3mdev-table]`, a name that two ids share) stays in `rest` as it was printed. */
function readLookup({ line, rest, words, idOf }: Reading, word: string): void {
  const action = word === "unspec" ? UNSPEC_ACTIONS.get(words[0] ?? "") : undefined;
  if (action !== undefined) {
    words.shift();
    rest.push(action);
    return;
  }
  const id = idOf(word);
  if (id === undefined || id === 0) rest.push("lookup", word);
  else line.table = id;
}

/** busybox prints the word `realms` only where the source has one: `lookup 77 5` is realm 5. */
function readPrintedLookup(reading: Reading, word: string): void {
  const { rest, words } = reading;
  readLookup(reading, word);
  if (words.length === 1 && /^\d+$/.test(words[0]!)) rest.push("realms", words.shift()!);
}
