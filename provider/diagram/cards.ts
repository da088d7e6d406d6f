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
  const inner = WIDEST[box.kind] - 2 * PADDING;
  const headed = box.kind === "link";
  const titleSize = box.kind === "out" ? BODY : TITLE;
  const badgeWidth = box.badge === undefined ? 0 : widthOf(box.badge, 11, true) + 14;
  const heavy = box.kind !== "out";
  const titles = wrapped(box.title, titleSize, inner - (badgeWidth > 0 ? badgeWidth + GAP : 0), heavy);
  const texts: PlacedText[] = [];
  let y = headed ? 20 : PADDING + titleSize - 2;
  let width = 0;
  for (const text of titles) {
    texts.push({ x: PADDING, y, size: titleSize, text, as: "title" });
    width = Math.max(width, widthOf(text, titleSize, heavy) + (badgeWidth > 0 ? badgeWidth + GAP : 0));
    y += LINE;
  }
  if (headed) y += HEAD - LINE + 4;
  const column = columnOf(box.rows, headed);
  for (const row of box.rows) {
    const label = row.label ?? "";
    const bold = row.link !== undefined;
    if (label !== "") {
      texts.push({ x: PADDING, y, size: BODY, text: label, as: "label" });
      width = Math.max(width, widthOf(label, BODY));
    }
    const beside = label === "" ? 0 : widthOf(label, BODY) + GAP;
    // One long word goes below its label rather than into pieces.
    const below = !headed && beside > 0 && !row.text.includes(" ") && beside + widthOf(row.text, BODY, bold) > inner;
    if (below) y += LINE;
    const at = headed ? column : below ? 0 : beside;
    const lines = wrapped(row.text, BODY, inner - at, bold);
    for (const text of lines) {
      const link = row.link === undefined ? {} : { link: row.link };
      texts.push({ x: PADDING + at, y, size: BODY, text, as: "text", ...link });
      width = Math.max(width, at + widthOf(text, BODY, bold));
      y += LINE;
    }
  }
  const full = Math.max(Math.ceil(width + 2 * PADDING), wide);
  const content = Math.ceil(y - LINE + PADDING);
  return {
    ...{ width: full, height: Math.max(content, high), content, texts },
    ...(badgeWidth > 0 && { badge: { x: full - PADDING - badgeWidth, y: 7, width: badgeWidth } }),
  };
}

/** Rows of a link stand in two columns. */
function columnOf(rows: readonly Row[], columns: boolean): number {
  if (!columns) return 0;
  return Math.max(0, ...rows.map(({ label = "" }) => widthOf(label, BODY))) + GAP;
}

export function headHeight(card: Card): number {
  const titles = card.texts.filter(({ as }) => as === "title").length;
  return HEAD + (titles - 1) * LINE;
}
