/**
 * A comment as a host shows it, as SVG: headings, lists, code, diffs, and what is folded. Only for the picture in docs: it knows no more of
 * Markdown than `multiwan review` writes, and the same comment is the same bytes.
 */
import { CARD, FAINT, GROUP, INK, MUTED, PAPER } from "../../provider/diagram/colours.ts";
import { widthOf, wrapped } from "../../provider/diagram/text.ts";
import { element, type Markup } from "../../provider/diagram/xml.ts";

const WIDTH = 900;
const PAD = 28;
const BODY = 14;
const LINE = 22;
const FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif";
const MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
/** Of a letter of that size in a font of one width. */
const MONO_WIDTH = 0.61;
const DIFF: Readonly<Record<string, readonly [ink: string, paper: string]>> = {
  "+": ["#116329", "#e3f7e8"],
  "-": ["#82071e", "#ffebe9"],
  "@": ["#6639ba", "#f3edfc"],
};

interface Piece {
  readonly text: string;
  readonly as: "text" | "bold" | "italic" | "code";
}

export function drawn(comment: string): string {
  const parts: Markup[] = [];
  let y = PAD;
  for (const block of blocksOf(comment)) {
    const placed = DRAWN[block.kind](block.lines, y);
    parts.push(...placed.parts);
    y = placed.y;
  }
  const height = Math.ceil(y + PAD - 10);
  const frame = element("rect", {
    x: 0.5,
    y: 0.5,
    width: WIDTH - 1,
    height: height - 1,
    rx: 8,
    fill: CARD,
    stroke: FAINT,
  });
  const root = element(
    "svg",
    {
      ...{ xmlns: "http://www.w3.org/2000/svg", width: WIDTH, height, viewBox: `0 0 ${WIDTH} ${height}`, role: "img" },
      ...{ "aria-label": "A review comment of multiwan", "font-family": FONTS, style: `background:${PAPER}` },
    },
    { xml: `\n${[frame, ...parts].map(({ xml }) => xml).join("\n")}\n` },
  );
  return `${root.xml}\n`;
}

/** A part of the picture. */
interface Placed {
  readonly parts: readonly Markup[];
  /** Where the next one begins. */
  readonly y: number;
}

type Attributes = Record<string, string | number>;

const text = (x: number, y: number, value: string, size: number, more: Attributes = {}) =>
  element("text", { x: round(x), y: round(y + size), "font-size": size, fill: INK, ...more }, value);

const DRAWN: Readonly<Record<Block["kind"], (lines: readonly string[], y: number) => Placed>> = {
  code: drawCode,
  folded: (lines, y) => ({ parts: [text(PAD, y, `▸ ${lines[0]}`, BODY, { fill: MUTED })], y: y + LINE + 8 }),
  heading: drawHeading,
  list: drawList,
  paragraph(lines, y) {
    const drawn = drawWords(lines.join(" "), 0, y);
    return { ...drawn, y: drawn.y + 6 };
  },
};

function drawHeading(lines: readonly string[], y: number): Placed {
  const [, marks = "", title = ""] = /^(#+) (.*)$/.exec(lines[0]!)!;
  const size = marks.length === 2 ? 20 : 16;
  const below = y + size + 10;
  const rule = element("path", { d: `M ${PAD} ${round(below)} H ${WIDTH - PAD}`, stroke: FAINT });
  const heading = text(PAD, y, title.replaceAll("`", ""), size, { "font-weight": 700 });
  return { parts: marks.length === 2 ? [heading, rule] : [heading], y: below + 10 };
}

function drawList(lines: readonly string[], y: number): Placed {
  const parts: Markup[] = [];
  let at = y;
  for (const line of lines) {
    const item = drawWords(line.slice(2), 24, at);
    parts.push(text(PAD + 8, at, "•", BODY), ...item.parts);
    at = item.y;
  }
  return { parts, y: at + 10 };
}

function drawCode(lines: readonly string[], y: number): Placed {
  const shown = lines.flatMap((line) => wrapped(line, 12.5 * 1.15, WIDTH - 2 * PAD - 24, false));
  const height = shown.length * 20 + 20;
  const paper = element("rect", { x: PAD, y: round(y), width: WIDTH - 2 * PAD, height, rx: 6, fill: GROUP });
  const rows = shown.flatMap((line, i) => {
    const [ink, fill] = DIFF[line[0] ?? ""] ?? [INK, GROUP];
    const at = y + 10 + i * 20;
    return [
      element("rect", { x: PAD, y: round(at), width: WIDTH - 2 * PAD, height: 20, fill }),
      text(PAD + 12, at + 2, line, 12.5, { "font-family": MONO, fill: ink }),
    ];
  });
  return { parts: [paper, ...rows], y: y + height + 10 };
}

function drawWords(source: string, indent: number, y: number): Placed {
  const parts: Markup[] = [];
  let [x, at] = [PAD + indent, y];
  for (const piece of words(piecesOf(source))) {
    const wide = widthOfPiece(piece);
    if (x + wide > WIDTH - PAD && x > PAD + indent) [x, at] = [PAD + indent, at + LINE];
    parts.push(...drawPiece(piece, x, at, wide));
    x += wide + (piece.as === "code" ? 4 : 0);
  }
  return { parts, y: at + LINE };
}

const CODE_SIZE = 12.5;

function widthOfPiece({ text: word, as }: Piece): number {
  return as === "code" ? word.length * CODE_SIZE * MONO_WIDTH : widthOf(word, BODY, as === "bold");
}

const STYLES: Readonly<Record<Exclude<Piece["as"], "code">, Attributes>> = {
  text: {},
  bold: { "font-weight": 700 },
  italic: { "font-style": "italic" },
};

function drawPiece({ text: word, as }: Piece, x: number, y: number, wide: number): Markup[] {
  if (as !== "code") return word === " " ? [] : [text(x, y, word, BODY, STYLES[as])];
  return [
    element("rect", { x: round(x - 2), y: round(y + 1), width: round(wide + 4), height: 18, rx: 4, fill: GROUP }),
    text(x, y, word, CODE_SIZE, {
      ...{ "font-family": MONO, textLength: round(wide), lengthAdjust: "spacingAndGlyphs" },
    }),
  ];
}

interface Block {
  readonly kind: "heading" | "list" | "paragraph" | "code" | "folded";
  readonly lines: readonly string[];
}

function blocksOf(comment: string): Block[] {
  const lines = comment.split("\n").slice(1);
  const blocks: Block[] = [];
  for (let i = 0; i < lines.length; i++) {
    if (lines[i] === "") continue;
    const { end, ...block } = blockAt(lines, i);
    blocks.push(block);
    i = end;
  }
  return blocks;
}

/** `end`: its last line, or the empty one behind it. */
function blockAt(lines: readonly string[], i: number): Block & { readonly end: number } {
  const line = lines[i]!;
  const upTo = (end: string) => lines.indexOf(end, i + 1);
  if (line === "<details>")
    return { kind: "folded", lines: [lines[i + 1]!.replace(/<\/?summary>/g, "")], end: upTo("</details>") };
  const fence = /^`{3,}/.exec(line)?.[0];
  if (fence !== undefined) return { kind: "code", lines: lines.slice(i + 1, upTo(fence)), end: upTo(fence) };
  const empty = upTo("");
  const end = empty < 0 ? lines.length : empty;
  const kind = line.startsWith("#") ? "heading" : line.startsWith("- ") ? "list" : "paragraph";
  return { kind, lines: lines.slice(i, end), end };
}

function piecesOf(source: string): Piece[] {
  return [...source.matchAll(/\*\*`([^`]+)`\*\*|\*\*([^*]+)\*\*|`([^`]+)`|_([^_`]+)_|[^*`_]+|./g)].map(
    ([all, strong, bold, code, italic]): Piece => {
      if (strong !== undefined || code !== undefined) return { text: (strong ?? code)!, as: "code" };
      if (bold !== undefined) return { text: bold, as: "bold" };
      return italic !== undefined ? { text: italic, as: "italic" } : { text: all, as: "text" };
    },
  );
}

/** Where a line may end: between words, and beside code. */
function words(pieces: readonly Piece[]): Piece[] {
  return pieces.flatMap(({ text, as }) =>
    as === "code" ? [{ text, as }] : (text.match(/ |[^ ]+/g) ?? []).map((word): Piece => ({ text: word, as })),
  );
}

const round = (n: number) => Math.round(n * 10) / 10;
