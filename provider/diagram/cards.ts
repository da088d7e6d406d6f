/** How large a box is, and which text stands where in it. */
import type { Box, BoxKind, Row } from "./graph.ts";
import { widthOf, wrapped } from "./text.ts";

export const TITLE = 14;
export const BODY = 12;
export const LINE = 18;
const PADDING = 12;
/** Height of a link's coloured head. */
export const HEAD = 30;
/** Between a label and its text. */
const GAP = 8;

/** Texts are wrapped beyond this. */
const WIDEST: Readonly<Record<BoxKind, number>> = {
  ...{ internet: 150, isp: 320, link: 340, door: 260, out: 260, lan: 160, server: 300, clients: 300 },
};

export interface PlacedText {
  /** From the box's left and top; y is the baseline. */
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly text: string;
  readonly as: "title" | "label" | "text";
  /** Name of the link that the text speaks of. */
  readonly link?: string;
}

export interface Card {
  readonly width: number;
  readonly height: number;
  /** Height without what `high` has added. */
  readonly content: number;
  readonly texts: readonly PlacedText[];
  /** Where the badge's text begins, if there is one. */
  readonly badge?: { readonly x: number; readonly y: number; readonly width: number };
}

/** `wide`: as wide as the others in its column; `high`: room for the lines that end at it. */
export function cardOf(box: Box, { wide = 0, high = 0 } = {}): Card {
  const badgeWidth = box.badge === undefined ? 0 : widthOf(box.badge, 11, true) + 14;
  const headed = box.kind === "link";
  const title = titleOf(box, badgeWidth);
  const column = headed ? columnOf(box.rows) : undefined;
  let y = headed ? title.y + HEAD - LINE + 4 : title.y;
  const rows = box.rows.map((row) => {
    const written = writtenRow(row, y, innerWidth(box), column);
    y = written.y;
    return written;
  });
  const all = [title, ...rows];
  const full = Math.max(Math.ceil(Math.max(...all.map(({ width }) => width)) + 2 * PADDING), wide);
  const content = Math.ceil(y - LINE + PADDING);
  return {
    ...{ width: full, height: Math.max(content, high), content, texts: all.flatMap(({ texts }) => texts) },
    ...(badgeWidth > 0 && { badge: { x: full - PADDING - badgeWidth, y: 7, width: badgeWidth } }),
  };
}

/** A part of a card. */
interface Written {
  readonly texts: readonly PlacedText[];
  /** Of its widest line. */
  readonly width: number;
  /** The baseline of what comes below. */
  readonly y: number;
}

const innerWidth = ({ kind }: Box) => WIDEST[kind] - 2 * PADDING;

/** Its lines leave room for the badge. */
function titleOf(box: Box, badgeWidth: number): Written {
  const size = box.kind === "out" ? BODY : TITLE;
  const heavy = box.kind !== "out";
  const beside = badgeWidth > 0 ? badgeWidth + GAP : 0;
  const top = box.kind === "link" ? 20 : PADDING + size - 2;
  const lines = wrapped(box.title, size, innerWidth(box) - beside, heavy);
  return {
    texts: lines.map((text, i) => ({ x: PADDING, y: top + i * LINE, size, text, as: "title" })),
    width: Math.max(...lines.map((text) => widthOf(text, size, heavy) + beside)),
    y: top + lines.length * LINE,
  };
}

/** @param column where the texts of all rows begin; undefined: right behind the row's own label */
function writtenRow({ label = "", text, link }: Row, y: number, inner: number, column: number | undefined): Written {
  const bold = link !== undefined;
  const labelWidth = widthOf(label, BODY);
  const beside = label === "" ? 0 : labelWidth + GAP;
  // One long word goes below its label rather than into pieces.
  const isLong = beside > 0 && !text.includes(" ") && beside + widthOf(text, BODY, bold) > inner;
  const below = column === undefined && isLong;
  const at = column ?? (below ? 0 : beside);
  const top = below ? y + LINE : y;
  const lines = wrapped(text, BODY, inner - at, bold);
  const labels: PlacedText[] = label === "" ? [] : [{ x: PADDING, y, size: BODY, text: label, as: "label" }];
  const texts = lines.map(
    (line, i): PlacedText => ({
      ...{ x: PADDING + at, y: top + i * LINE, size: BODY, text: line, as: "text" },
      ...(link !== undefined && { link }),
    }),
  );
  return {
    texts: [...labels, ...texts],
    width: Math.max(labelWidth, ...lines.map((line) => at + widthOf(line, BODY, bold))),
    y: top + lines.length * LINE,
  };
}

/** Where the texts of a link's rows begin: they stand in two columns. */
function columnOf(rows: readonly Row[]): number {
  return Math.max(0, ...rows.map(({ label = "" }) => widthOf(label, BODY))) + GAP;
}

export function headHeight(card: Card): number {
  const titles = card.texts.filter(({ as }) => as === "title").length;
  return HEAD + (titles - 1) * LINE;
}
