import { createHash } from "node:crypto";
import { quote } from "./quote.ts";

/**
 * A part of scripts that is the same for every router and every change: a session sends it once, its shell keeps it in a
 * variable, and every later script names it.
 */
export interface Body {
  /** The variable: `mw_` and 16 digits of the text's hash, so that no other text has the name. */
  readonly name: string;
  readonly text: string;
}

/** What one exchange runs: `text`, in a shell that knows the bodies. */
export interface Script {
  readonly text: string;
  readonly bodies: readonly Body[];
}

export function newBody(text: string): Body {
  return { name: `mw_${createHash("sha256").update(text).digest("hex").slice(0, 16)}`, text };
}

/** Shell words: the text of a body, for a shell that knows it. */
export const textOf = ({ name }: Body): string => `"$${name}"`;

/** A line that makes a shell know a body. */
export const teach = ({ name, text }: Body): string => `${name}=${quote(text)}\n`;

/** A command that fails in a shell that does not know all of them; undefined where there is nothing to know. */
export function knows(bodies: readonly Body[]): string | undefined {
  if (bodies.length === 0) return undefined;
  return `[ "${bodies.map(({ name }) => `\${${name}+1}`).join("")}" = ${"1".repeat(bodies.length)} ]`;
}

/** `NAME='value' ...`: values that the text behind them takes from variables. */
export function values(of: Readonly<Record<string, string | number>>): string {
  return Object.entries(of)
    .map(([name, value]) => `${name}=${quote(String(value))}`)
    .join(" ");
}

/** One script out of several, each body once. */
export function inTurn(...scripts: readonly (Script | string)[]): Script {
  const parts = scripts.map(asScript);
  const bodies = new Map(parts.flatMap((part) => part.bodies).map((body) => [body.name, body]));
  return { text: parts.map(({ text }) => text).join("\n"), bodies: [...bodies.values()] };
}

export const asScript = (script: Script | string): Script =>
  typeof script === "string" ? { text: script, bodies: [] } : script;

/** The whole of it, for a shell that knows nothing. */
export const standalone = ({ text, bodies }: Script): string => `${bodies.map(teach).join("")}${text}`;
