/**
 * How wide a text is, without a font to ask. The widths are those of DejaVu Sans, the widest of the usual system fonts, so that a
 * text which fits here fits everywhere.
 */
const WIDTHS: readonly (readonly [string, number])[] = [
  ["ijl", 0.278],
  ["I J.,: ;'|", 0.337],
  ["ft/\\-r()[]", 0.411],
  ['sz"*cJ?', 0.55],
  ["kvxyaeL_F", 0.615],
  ["bdghnopquE0123456789TYPSB$", 0.64],
  ["ACKRVXZ", 0.7],
  ["DGHNOUQ&", 0.8],
  ["w#+<>=~", 0.84],
  ["MWm%@", 0.99],
];
const EM = new Map(WIDTHS.flatMap(([chars, width]) => [...chars].map((char) => [char, width] as const)));
const UNKNOWN = 1;
const BOLD = 1.13;

export function widthOf(text: string, size: number, bold = false): number {
  const em = [...text].reduce((sum, char) => sum + (EM.get(char) ?? UNKNOWN), 0);
  return em * size * (bold ? BOLD : 1);
}

/** The text in lines of at most that width, broken at blanks; a word that is too long for a line is cut where it must be. */
export function wrapped(text: string, size: number, width: number, bold = false): string[] {
  const fits = (line: string) => widthOf(line, size, bold) <= width;
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (fits(longer)) {
      line = longer;
      continue;
    }
    if (line !== "") lines.push(line);
    const pieces = cut(word, fits);
    line = pieces.pop()!;
    lines.push(...pieces);
  }
  return line === "" && lines.length > 0 ? lines : [...lines, line];
}

/** A word in as few pieces as fit, each a line; the last one has room behind it. */
function cut(word: string, fits: (line: string) => boolean): string[] {
  const chars = [...word];
  if (chars.length < 2 || fits(word)) return [word];
  let n = chars.length - 1;
  while (n > 1 && !fits(chars.slice(0, n).join(""))) n--;
  return [chars.slice(0, n).join(""), ...cut(chars.slice(n).join(""), fits)];
}
