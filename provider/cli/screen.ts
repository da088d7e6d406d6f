/** What the command prints. Whatever comes from a router is escaped here, so that it cannot draw on the operator's screen. */
import Table from "cli-table3";
import pc from "picocolors";
import { escaped } from "../model/printable.ts";

export type Style = "plain" | "bold" | "dim" | "green" | "yellow" | "red" | "cyan";

/** A piece of text with one style. Text is data: newlines and escapes in it are shown, not obeyed. */
export type Piece = string | { readonly text: string; readonly style: Style };
/** A cell of a table: one line, or several. */
export type Cell = Piece | readonly Piece[];

export interface Streams {
  readonly out: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
  readonly err: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Screen {
  /** Print JSON, and nothing else, on stdout. */
  readonly json: boolean;
  /** A person is watching: stdout is a terminal. */
  readonly live: boolean;
  /** One line of pieces. */
  line(...pieces: Piece[]): void;
  /** Each a line of its own. */
  lines(texts: readonly string[]): void;
  heading(text: string): void;
  /** Rows in columns, the first of them under `head`. `width` is that of the last column, which wraps; 0 for what is left. */
  table(head: readonly string[], rows: readonly (readonly Cell[])[], options?: { readonly wrap?: boolean }): void;
  /** A whole JSON document, or with `compact` one line of a stream of them. */
  print(value: unknown, compact?: boolean): void;
  /** The value as a JSON document, or what a person reads of it. */
  tell(value: unknown, people: () => void): void;
  /** A remark for the person, on stderr. */
  note(text: string): void;
  /** Empties the terminal, for the next look of --watch. */
  clear(): void;
}

export interface ScreenOptions {
  readonly json: boolean;
  readonly colour: boolean;
}

const NO_LINES = Object.fromEntries(
  [
    ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
    ["left", "left-mid", "mid", "mid-mid", "right", "right-mid"],
  ]
    .flat()
    .map((name) => [name, ""]),
);

export function screenOn({ out, err, env }: Streams, { json, colour }: ScreenOptions): Screen {
  const colours = pc.createColors(
    colour && !env.NO_COLOR && (out.isTTY === true || Boolean(env.FORCE_COLOR)) && env.TERM !== "dumb",
  );
  const paint = (piece: Piece) => {
    if (typeof piece === "string") return escaped(piece);
    const text = escaped(piece.text);
    return piece.style === "plain" ? text : colours[piece.style](text);
  };
  const cell = (value: Cell) => (Array.isArray(value) ? value.map(paint).join("\n") : paint(value as Piece));
  const print: Screen["print"] = (value, compact = false) =>
    void out.write(`${compact ? JSON.stringify(value) : JSON.stringify(value, undefined, 2)}\n`);
  const line: Screen["line"] = (...pieces) => void out.write(`${pieces.map(paint).join("")}\n`);
  return {
    json,
    live: out.isTTY === true,
    line,
    lines: (texts) => {
      for (const text of texts) line(text);
    },
    heading: (text) => void out.write(`\n${colours.bold(escaped(text))}\n`),
    table(head, rows, { wrap = false } = {}) {
      if (rows.length === 0) return;
      const width = Math.max(40, (out.isTTY ? out.columns : undefined) ?? 120);
      const last = head.length - 1;
      const taken = head
        .slice(0, last)
        .map((title, i) => Math.max(title.length, ...rows.map((row) => widthOf(row[i]))));
      const left = width - taken.reduce((sum, one) => sum + one + 2, 2);
      const table = new Table({
        chars: { ...NO_LINES, middle: "" },
        style: { head: [], border: [], "padding-left": 0, "padding-right": 2, compact: true },
        ...(wrap && { colWidths: [...taken.map((one) => one + 2), Math.max(24, left)], wordWrap: true }),
        head: head.map((title) => colours.dim(title)),
      });
      table.push(...rows.map((row) => row.map(cell)));
      const lines = table.toString().split("\n");
      out.write(`${lines.map((text) => `  ${text}`.trimEnd()).join("\n")}\n`);
    },
    print,
    tell: (value, people) => (json ? print(value) : people()),
    note: (text) => void err.write(`${text.split("\n").map(escaped).join("\n")}\n`),
    clear: () => void (out.isTTY && out.write("\x1b[H\x1b[2J\x1b[3J")),
  };
}

function widthOf(value: Cell | undefined): number {
  const pieces = value === undefined ? [] : Array.isArray(value) ? value : [value as Piece];
  return Math.max(0, ...pieces.map((piece) => escaped(typeof piece === "string" ? piece : piece.text).length));
}
