import { NotUnderstood } from "../../model/not-understood.ts";

/** A word of an iptables-save line; a quoted one is never an option, whatever it begins with. */
export interface Word {
  readonly text: string;
  readonly quoted: boolean;
}

/** Splits by the quoting rules of iptables-save: double quotes, a backslash before `"`, `'` and `\` inside them. */
export function splitWords(line: string): readonly Word[] {
  const words: Word[] = [];
  const pattern = /\s+|"((?:[^"\\]|\\[\s\S])*)"(?=\s|$)|([^\s"]+)(?=\s|$)/gy;
  while (pattern.lastIndex < line.length) {
    const match = pattern.exec(line);
    if (!match) throw new NotUnderstood("iptables rule", line, "quotes");
    if (match[1] !== undefined) words.push({ text: match[1].replace(/\\([\s\S])/g, "$1"), quoted: true });
    else if (match[2] !== undefined) words.push({ text: match[2], quoted: false });
  }
  return words;
}

/** Does the line end inside quotes? A comment may hold a newline, which iptables-save prints as it is. */
export function endsInQuotes(line: string): boolean {
  return line.replace(/\\[\s\S]/g, "").split('"').length % 2 === 0;
}

/** Quotes as current iptables-save does: only what has other signs than letters, digits, `-` and `_`. */
export function quoteWord(text: string): string {
  return /^[A-Za-z0-9_-]+$/.test(text) ? text : `"${text.replace(/["'\\]/g, "\\$&")}"`;
}
