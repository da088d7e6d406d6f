/** Lines kept of a router's output: its last words say what went wrong. */
const LINES = 10;

/** Characters kept of one line: a restore file or a key on one line would fill the screen. */
const WIDTH = 300;

/**
 * Text from a router as it may be shown in a terminal: control characters, terminal escapes, text direction marks,
 * invisible characters and broken UTF-16 are written as escapes, so that a router cannot forge what a person reads.
 *
 * Of many lines the last ten stay, of a long line the first 300 characters; white space at the end goes.
 */
export function printable(text: string, maxLines = LINES): string {
  const lines = text.replaceAll("\r\n", "\n").trimEnd().split("\n");
  const dropped = lines.length - maxLines;
  const shown = lines.slice(-maxLines).map((line) => cut(escapeLine(line)));
  return dropped > 0 ? [`(${dropped} earlier lines not shown)`, ...shown].join("\n") : shown.join("\n");
}

function cut(line: string): string {
  return line.length > WIDTH ? `${line.slice(0, WIDTH)}... (${line.length} characters)` : line;
}

/** C0, DEL, C1; zero-width and direction marks; line separators; tags; lone surrogates. */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

function escapeLine(line: string): string {
  return escaped(line.replaceAll("\t", " "));
}

/** Text as it may stand within one line of ours: the same escapes, newlines and tabs too, and nothing is cut. */
export function escaped(text: string): string {
  return text.replace(UNSAFE, (char) => {
    const point = char.codePointAt(0)!;
    return point <= 0xff ? `\\x${point.toString(16).padStart(2, "0")}` : `\\u{${point.toString(16)}}`;
  });
}

/** The same for a text of several lines that are ours. */
export function escapedLines(text: string): string {
  return text.split("\n").map(escaped).join("\n");
}
