/** Properties as `--diff` shows them. */
import { diffRuns, type Run } from "./line-diff.ts";
import { type Change, keysOf, type ObjectDiff, type ValueDiff, valueDiff } from "./object-diff.ts";
import { isList, isObject, isSecret, unknownValue, type Value } from "./values.ts";

type Sign = " " | "+" | "-" | "~";

/** A text in a list or map is cut to its first lines; only a changed text shows more. */
const shownLines = 3;
const shownColumns = 150;
/** Unchanged lines around a change. */
const contextLines = 2;

const pad = (indent: number, sign: Sign) => {
  const blank = "    ".repeat(indent);
  return sign === " " ? blank : `${blank.slice(0, -2)}${sign} `;
};
const isPrimitive = (value: Value) => isSecret(value) || !(isList(value) || isObject(value));
const isShown = (value: Value) =>
  value !== null &&
  value !== "" &&
  !(isList(value) && value.length === 0) &&
  !(isObject(value) && Object.keys(value).length === 0);

function cut(text: string): string {
  const lines = text.split("\n");
  const head = lines
    .slice(0, shownLines)
    .map((line) => (line.length > shownColumns ? `${line.slice(0, shownColumns)}...` : line));
  return lines.length > shownLines ? `${head.join("\n")}\n...` : head.join("\n");
}

/** A JSON text is shown as the structure it holds (and a line end too many, as in the CLI). */
function decoded(text: string): Value | undefined {
  try {
    const value: Value = JSON.parse(text);
    return isList(value) || isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function primitive(value: Value, indent: number, sign: Sign): string {
  if (value === null) return "<null>";
  if (isSecret(value)) return "[secret]";
  if (value === unknownValue) return "[unknown]";
  if (typeof value !== "string") return String(value);
  const structure = decoded(value);
  return structure === undefined ? JSON.stringify(cut(value)) : `(json) ${whole(structure, indent, sign)}\n`;
}

/** Without the final newline. */
function whole(value: Value, indent: number, sign: Sign): string {
  if (isPrimitive(value)) return primitive(value, indent, sign);
  if (isList(value)) {
    if (value.length === 0) return "[]";
    const items = value.map((item, index) => `${pad(indent, sign)}    [${index}]: ${whole(item, indent + 1, sign)}\n`);
    return `[\n${items.join("")}${pad(indent, " ")}]`;
  }
  const object = value as { readonly [key: string]: Value };
  if (Object.keys(object).length === 0) return "{}";
  return `{\n${printObject(object, indent + 1, sign)}${pad(indent, " ")}}`;
}

export function printObject(object: { readonly [key: string]: Value }, indent: number, sign: Sign): string {
  const keys = Object.keys(object)
    .filter((key) => !key.startsWith("__"))
    .sort();
  const width = Math.max(0, ...Object.keys(object).map((key) => key.length));
  return keys.map((key) => `${pad(indent, sign)}${key.padEnd(width)}: ${whole(object[key]!, indent, sign)}\n`).join("");
}

export function printDiff(diff: ObjectDiff, indent: number, showSames = true): string {
  const keys = keysOf(diff);
  const width = Math.max(0, ...keys.map((key) => key.length));
  return keys
    .map((key) => {
      const title = (sign: Sign) => `${pad(indent, sign)}${key.padEnd(width)}: `;
      const added = diff.adds.get(key);
      if (added !== undefined) return `${title("+")}${whole(added, indent, "+")}\n`;
      const deleted = diff.deletes.get(key);
      if (deleted !== undefined) return `${title("-")}${whole(deleted, indent, "-")}\n`;
      const updated = diff.updates.get(key);
      if (updated) return printValueDiff(title, updated, indent);
      const same = diff.sames.get(key)!;
      return showSames && isShown(same) ? `${title(" ")}${whole(same, indent, " ")}\n` : "";
    })
    .join("");
}

function printValueDiff(title: (sign: Sign) => string, diff: ValueDiff, indent: number): string {
  if (diff.list) {
    const items = diff.list.map((change, index) => printChange(change, index, indent));
    return `${title("~")}[\n${items.join("")}${pad(indent, " ")}]\n`;
  }
  if (diff.object) return `${title("~")}{\n${printDiff(diff.object, indent + 1)}${pad(indent, " ")}}\n`;
  const { old, new: next } = diff;
  if (isShown(old) && isShown(next) && isPrimitive(old) && isPrimitive(next)) {
    const isText = typeof old === "string" && typeof next === "string" && old !== unknownValue && next !== unknownValue;
    if (isText) return title("~") + printTextDiff(old, next, indent);
    return `${title("~")}${primitive(old, indent, "-")} => ${primitive(next, indent, "+")}\n`;
  }
  const gone = isShown(old) ? `${title("-")}${whole(old, indent, "-")}\n` : "";
  return gone + (isShown(next) ? `${title("+")}${whole(next, indent, "+")}\n` : "");
}

function printChange(change: Change, index: number, indent: number): string {
  const title = (sign: Sign) => `${pad(indent + 1, sign)}[${index}]: `;
  if (change.kind === "update") return printValueDiff(title, change.diff, indent + 2);
  const sign = ({ add: "+", delete: "-", same: " " } as const)[change.kind];
  return `${title(sign)}${whole(change.value, indent + 2, sign)}\n`;
}

function printTextDiff(old: string, next: string, indent: number): string {
  const before = decoded(old);
  const after = decoded(next);
  if (before !== undefined && after !== undefined) {
    const diff = valueDiff(before, after);
    if (diff) return `(json) ${printValueDiff(() => "", diff, indent)}`;
  }
  if (!old.includes("\n") && !next.includes("\n")) return `${JSON.stringify(old)} => ${JSON.stringify(next)}\n`;
  const runs = diffRuns(splitLines(old), splitLines(next));
  return `\n${runs.map((run, index) => printRun(run, index === 0, index === runs.length - 1, indent + 1)).join("")}`;
}

/** With their line ends: a last line without one differs from the same line with one. */
const splitLines = (text: string) => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

function printRun({ kind, items }: Run, isFirst: boolean, isLast: boolean, indent: number): string {
  const texts = items.map((item) => item.replace(/\n$/, "")).filter((item) => item.trim() !== "");
  const sign = ({ insert: "+", delete: "-", same: " " } as const)[kind];
  const print = (list: readonly string[]) => list.map((text) => `${pad(indent, sign)}${cut(text)}\n`).join("");
  const dots = `${pad(indent, " ")}...\n`;
  if (kind !== "same") return print(texts);
  const first = texts.slice(0, contextLines);
  const last = texts.slice(-contextLines);
  if (isFirst) return texts.length > contextLines + 1 ? dots + print(last) : print(texts);
  if (isLast) return texts.length > contextLines + 1 ? print(first) + dots : print(texts);
  return texts.length > 2 * contextLines + 1 ? print(first) + dots + print(last) : print(texts);
}
