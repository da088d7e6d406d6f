/** The one place where a value becomes shell syntax: `'…'`, with a quote inside written `'\''` (POSIX 2.2.2). */
export function quote(word: string): string {
  if (word.includes("\0")) throw new Error("a value with a NUL character cannot be passed to a shell");
  return /^[A-Za-z0-9_.,:/@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** A command line from its words. */
export function command(...words: readonly (string | number)[]): string {
  return words.map((word) => quote(String(word))).join(" ");
}
