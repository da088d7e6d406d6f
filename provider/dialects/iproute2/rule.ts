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
  const [priority = "", ...tokens] = text.trim().split(/\s+/);
  if (!/^\d{1,10}:$/.test(priority)) throw new NotUnderstood("rule", text);
  const line: { -readonly [K in keyof RuleLine]: RuleLine[K] } = {
    kind: "rule",
    priority: Number(priority.slice(0, -1)),
    from: "all",
  };
  const rest: string[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const word = tokens[i]!;
    const value = tokens[i + 1];
    // Says that a device or a goto target is absent at the moment.
    if (word === "[detached]" || word === "[unresolved]") continue;
    if (ALONE.has(word)) rest.push(word);
    else if (value === undefined && isRealm(word, tokens)) rest.push("realms", word);
    else if (value === undefined) throw new NotUnderstood("rule", text);
    else if (word === "from") line.from = readNetwork(tokens[++i]!, text);
    else if (word === "to") readTo(line, readNetwork(tokens[++i]!, text));
    else if (word === "fwmark") readMark(line, tokens[++i]!, text);
    else if (word === "lookup" || word === "table") readLookup(line, rest, tokens, ++i, idOf);
    else rest.push(word, tokens[++i]!);
  }
  if (rest.length > 0) line.rest = rest.join(" ");
  return line;
}

/** busybox prints the word `realms` only where the source has one: `lookup 77 5` is realm 5. */
function isRealm(word: string, tokens: readonly string[]): boolean {
  return /^\d+$/.test(word) && tokens.at(-3) === "lookup";
}

type Draft = { -readonly [K in keyof RuleLine]: RuleLine[K] };

function readNetwork(word: string, text: string): string {
  if (word === "all" || word === "any" || word === "0/0") return "all";
  const network = parseNetwork(word);
  if (!network) throw new NotUnderstood("rule", text);
  return network.prefix === 0 ? "all" : formatNetwork(network);
}

function readTo(line: Draft, to: string): void {
  if (to !== "all") line.to = to;
}

/** The tools print hexadecimal; the oldest of them (`fwmark        1`) without 0x. */
function readMark(line: Draft, word: string, text: string): void {
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
]);

/** A table that has no id here (`[l3mdev-table]`, a name that two ids share) stays in `rest` as it was printed. */
function readLookup(line: Draft, rest: string[], tokens: string[], at: number, idOf: TableIdOf): void {
  const word = tokens[at]!;
  const id = idOf(word);
  const action = tokens[at + 1];
  if (word === "unspec" && action !== undefined && (UNSPEC_ACTIONS.has(action) || action === "local")) {
    tokens.splice(at + 1, 1);
    rest.push(...(action === "local" ? ["goto", "?"] : [UNSPEC_ACTIONS.get(action)!]));
  } else if (id === undefined || id === 0) rest.push("lookup", word);
  else line.table = id;
}
