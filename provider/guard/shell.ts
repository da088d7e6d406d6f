/** Scripts of the guard: values in front, then bodies (sh/), then what is of this change alone. */
import { quote } from "../dialects/quote.ts";
import { type Body, type Script, textOf, values } from "../dialects/script.ts";
import { BASE } from "./bodies.ts";

/** One guarded transaction on one router. */
export interface Run {
  /** Names the transaction, and begins every line that its scripts say, so that no tool's output passes for one. */
  readonly nonce: string;
  /** A volatile folder of root's own, such as /run/multiwan. */
  readonly stateDir: string;
}

/** A value of a script: what its bodies take from variables. */
export type Values = Readonly<Record<string, string | number>>;

/**
 * A script that begins with its values and with BASE and `bodies`, all of which are parsed before the first command of `text` runs.
 * @param kept bodies that `text` only writes into files
 */
export function scriptWith(
  { nonce, stateDir }: Run,
  more: Values,
  bodies: readonly Body[],
  text = "",
  kept: readonly Body[] = [],
): Script {
  const all = [BASE, ...bodies];
  const given = quote(values({ D: stateDir, RUN: nonce, ...more }));
  const parsed = ["$V", ...all.map(({ name }) => `$${name}`)].join("\n");
  return { bodies: [...all, ...kept], text: `V=${given}\neval "${parsed}"\n${text}` };
}

/**
 * Writes `$T/<name>`, a script for a process of its own: the values of the script that writes it, BASE and `bodies`, then `text` and
 * what it ends with. It needs no other file, so that it runs whatever becomes of the folder once it is started.
 */
export function keepScript(name: string, { nonce }: Run, bodies: readonly Body[], text: string, end: Body): string {
  const until = endOf(text, nonce);
  const write = `{ printf '%s\\n' ${withBase(bodies)} && cat && printf '%s\\n' ${textOf(end)}; }`;
  return `${write} >"$T/${name}" <<'${until}' || unusable\n${text}\n${until}`;
}

/** The same without any text of its own. */
export function keepBodies(name: string, bodies: readonly Body[]): string {
  return `printf '%s\\n' ${withBase(bodies)} >"$T/${name}" || unusable`;
}

/** What a kept script begins with, as words of the shell: the values, BASE and the bodies. */
function withBase(bodies: readonly Body[]): string {
  return ['"$V"', ...[BASE, ...bodies].map(textOf)].join(" ");
}

/** Writes a text as the file `$T/<name>`, byte for byte, whatever is in it. */
export function file(name: string, text: string, nonce: string): string {
  const until = endOf(text, nonce);
  const whole = text === "" || text.endsWith("\n");
  // A here-document always ends in a newline: a text that does not is written by printf's own hand.
  const write = whole
    ? `cat >"$T/${name}"`
    : `{ IFS= read -r l; while IFS= read -r m; do printf '%s\\n' "$l"; l=$m; done; printf %s "$l"; } >"$T/${name}"`;
  return `${write} <<'${until}' || unusable\n${text}${whole ? "" : "\n"}${until}`;
}

/** The nonce is a secret of this run, but a text that holds the end all the same must not end there. */
function endOf(text: string, nonce: string): string {
  let end = `E${nonce}`;
  while (text.includes(end)) end += "E";
  return end;
}
