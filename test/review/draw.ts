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
  const text = (x: number, value: string, size: number, more: Record<string, string | number> = {}) =>
    parts.push(element("text", { x: round(x), y: round(y + size), "font-size": size, fill: INK, ...more }, value));

  const paragraph = (source: string, indent: number) => {
    let x = PAD + indent;
    for (const { text: word, as } of words(piecesOf(source))) {
      const size = as === "code" ? 12.5 : BODY;
      const wide = as === "code" ? word.length * size * MONO_WIDTH : widthOf(word, size, as === "bold");
      if (x + wide > WIDTH - PAD && x > PAD + indent) {
        x = PAD + indent;
        y += LINE;
      }
      if (as === "code") {
        parts.push(
          element("rect", { x: round(x - 2), y: round(y + 1), width: round(wide + 4), height: 18, rx: 4, fill: GROUP }),
        );
        text(x, word, size, { "font-family": MONO, textLength: round(wide), lengthAdjust: "spacingAndGlyphs" });
      } else if (word !== " ")
        text(x, word, size, as === "bold" ? { "font-weight": 700 } : as === "italic" ? { "font-style": "italic" } : {});
      x += wide + (as === "code" ? 4 : 0);
    }
    y += LINE;
  };

  const block = (lines: readonly string[]) => {
    const shown = lines.flatMap((line) => wrapped(line, 12.5 * 1.15, WIDTH - 2 * PAD - 24, false));
    const top = y;
    const height = shown.length * 20 + 20;
    parts.push(element("rect", { x: PAD, y: round(top), width: WIDTH - 2 * PAD, height, rx: 6, fill: GROUP }));
    y += 10;
    for (const line of shown) {
      const [ink, paper] = DIFF[line[0] ?? ""] ?? [INK, GROUP];
      parts.push(element("rect", { x: PAD, y: round(y), width: WIDTH - 2 * PAD, height: 20, fill: paper }));
      y += 2;
      text(PAD + 12, line, 12.5, { "font-family": MONO, fill: ink });
      y += 18;
    }
    y = top + height + 10;
  };

  for (const { kind, lines } of blocksOf(comment)) {
    if (kind === "code") block(lines);
    else if (kind === "folded") {
      text(PAD, `▸ ${lines[0]}`, BODY, { fill: MUTED });
      y += LINE + 8;
    } else if (kind === "heading") {
      const [, marks = "", title = ""] = /^(#+) (.*)$/.exec(lines[0]!)!;
      const size = marks.length === 2 ? 20 : 16;
      text(PAD, title.replaceAll("`", ""), size, { "font-weight": 700 });
      y += size + 10;
      if (marks.length === 2)
        parts.push(element("path", { d: `M ${PAD} ${round(y)} H ${WIDTH - PAD}`, stroke: FAINT }));
      y += 10;
    } else if (kind === "list")
      for (const [i, line] of lines.entries()) {
        text(PAD + 8, "•", BODY);
        paragraph(line.slice(2), 24);
        if (i === lines.length - 1) y += 10;
      }
    else {
      paragraph(lines.join(" "), 0);
      y += 6;
    }
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

interface Block {
  readonly kind: "heading" | "list" | "paragraph" | "code" | "folded";
  readonly lines: readonly string[];
}

function blocksOf(comment: string): Block[] {
  const lines = comment.split("\n").slice(1);
  const blocks: Block[] = [];
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    const fence = /^`{3,}/.exec(line)?.[0];
    const upTo = (end: string) => lines.indexOf(end, i + 1);
    if (line === "") continue;
    if (line === "<details>") {
      blocks.push({ kind: "folded", lines: [lines[i + 1]!.replace(/<\/?summary>/g, "")] });
      i = upTo("</details>");
    } else if (fence !== undefined) {
      const end = upTo(fence);
      blocks.push({ kind: "code", lines: lines.slice(i + 1, end) });
      i = end;
    } else {
      let end = i;
      while (end < lines.length && lines[end] !== "") end++;
      const kind = line.startsWith("#") ? "heading" : line.startsWith("- ") ? "list" : "paragraph";
      blocks.push({ kind, lines: lines.slice(i, end) });
      i = end;
    }
  }
  return blocks;
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
