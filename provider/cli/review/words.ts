/** Sentences of a review. What comes from the site or the router is kept apart from the words around it until it is written down. */

/** A piece that is not this program's own: a name, an address, a line. */
export interface Quoted {
  readonly quoted: string;
}

export interface Words {
  readonly words: readonly (string | Quoted)[];
}

type Part = string | number | Words | readonly string[];

/** A sentence: what is put into it is quoted, a list of texts each by itself; numbers and other sentences are not. */
export function say(texts: TemplateStringsArray, ...parts: readonly Part[]): Words {
  const words = texts.flatMap((text, i) => [text, ...(i < parts.length ? piecesOf(parts[i]!) : [])]);
  return { words: words.filter((piece) => piece !== "") };
}

/** Words of this program, not to be quoted. */
export function own(text: string): Words {
  return { words: text === "" ? [] : [text] };
}

export function joined(all: readonly Words[], between: string): Words {
  return { words: all.flatMap(({ words }, i) => (i === 0 ? words : [between, ...words])) };
}

/** The sentence as plain text. */
export function plain({ words }: Words): string {
  return words.map((piece) => (typeof piece === "string" ? piece : piece.quoted)).join("");
}

/** `1 link`, `2 links`. */
export function many(count: number, one: string, more = `${one}s`): string {
  return `${count} ${count === 1 ? one : more}`;
}

/** A value with every sentence in it as plain text, for --json. */
export function withPlainWords(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withPlainWords);
  if (typeof value !== "object" || value === null) return value;
  if ("words" in value && Object.keys(value).length === 1) return plain(value as Words);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withPlainWords(one)]));
}

function piecesOf(part: Part): (string | Quoted)[] {
  if (typeof part === "number") return [String(part)];
  if (typeof part === "string") return [{ quoted: part }];
  if ("words" in part) return [...part.words];
  return part.flatMap((text, i) => (i === 0 ? [{ quoted: text }] : [", ", { quoted: text }]));
}
