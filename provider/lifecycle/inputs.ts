/** The inputs of a resource as they travel: the user's arguments, and what `check` adds to them. */
import { isDeepStrictEqual } from "node:util";
import { formatFragment } from "../dialects/fragment.ts";
import { type Facts, noFacts } from "../kinds/facts.ts";
import type { Kind } from "../kinds/kind.ts";
import type { Fragment, TableNames } from "../model/line.ts";
import { listed as propertyFor } from "../model/listed.ts";
import { escapedLines } from "../model/printable.ts";
import type { RecordedOn } from "../plan/same-router.ts";
import type { Heir } from "../plan/take-over.ts";

export type Props = Readonly<Record<string, unknown>>;

/** What every resource has besides its own arguments; all but `replace` (`adopt` in states of earlier versions), `takeOverFrom`, `owner`, `declaredAt`, `places`, `parents`, `siblings` and `together` is added by `check`. */
const COMMON = [
  "owner",
  "declaredAt",
  "places",
  "parents",
  "siblings",
  "together",
  "router",
  "routerId",
  "config",
  "replaces",
  "facts",
  "replace",
  "adopt",
  "takeOverFrom",
  "takesOver",
  "adds",
  "adopts",
  "drift",
  "incarnation",
  "__provider",
] as const;

/** The user's own arguments. */
export function argumentsOf(props: Props): Props {
  return Object.fromEntries(Object.entries(props).filter(([key]) => !(COMMON as readonly string[]).includes(key)));
}

/** Without what only this run has to know. */
export function withoutOccasion(props: Props): Props {
  const { declaredAt: _, places: __, parents: ___, together: ____, siblings: _____, ...rest } = props;
  return rest;
}

/** What only the preview of one run shows: a run that changes nothing drops it. */
export function isNews(key: string): boolean {
  return key === "drift" || key === "adds" || key === "takesOver";
}

/** Keys of states of earlier versions, which are read for ever: a state whose keys alone are old is no change. */
const OLD_KEYS = { adopt: "replace" } as const;

/** Under the keys of this version. */
export function withCurrentKeys(props: Props): Props {
  const old = Object.entries(OLD_KEYS).filter(([from]) => props[from] !== undefined);
  if (old.length === 0) return props;
  const rest = Object.fromEntries(Object.entries(props).filter(([key]) => !Object.hasOwn(OLD_KEYS, key)));
  return { ...Object.fromEntries(old.map(([from, to]) => [to, props[from]])), ...rest };
}

/** The next run must not take news for its own. */
export function withoutNews(props: Props): Props {
  return Object.fromEntries(Object.entries(props).filter(([key]) => !isNews(key)));
}

/** What the kind has learnt of the router; nothing in states of versions that did not record it. */
export function factsOf(kind: Kind, props: Props): Facts {
  return kind.learns?.safeParse(props.facts).data ?? noFacts;
}

export function textOf(
  props: Props,
  key: "owner" | "config" | "router" | "routerId" | "declaredAt" | "takeOverFrom",
): string {
  return typeof props[key] === "string" ? props[key] : "";
}

/** Where the lines of a state were put. */
export function recordedOn(props: Props): RecordedOn {
  return { routerId: textOf(props, "routerId"), router: textOf(props, "router") };
}

/** Whose lines they are, and whose they were before: a stack that was renamed, or an alias, has another owner. */
export function heirOf(olds: Props, news: Props): Omit<Heir, "desired"> {
  const [former, owner] = [textOf(olds, "owner"), textOf(news, "owner")];
  return { owner, ...(former !== "" && former !== owner && { former }) };
}

/** What tells a resource from the one that it has replaced; "" in states of older versions. An output only. */
export function incarnationOf(outputs: Props): string {
  return typeof outputs.incarnation === "string" ? outputs.incarnation : "";
}

export function linesOf(
  props: Props,
  key: "replaces" | "drift" | "adds" | "adopts" | "replace" | "parents" | "together",
): string[] {
  return Array.isArray(props[key]) ? props[key].filter((line) => typeof line === "string") : [];
}

/** A list without members is no property: it would show. */
export const listed: (key: "replaces" | "drift" | "adds" | "adopts" | "takesOver", lines: readonly string[]) => Props =
  propertyFor;

/**
 * The text of `config`. One of several lines ends in a newline: without it, a line that comes behind the last one would
 * show in the CLI's diff as a change of that one too.
 */
export function configText(lines: Fragment, names?: TableNames): string {
  const text = escapedLines(formatFragment(lines, names));
  return text.includes("\n") ? `${text}\n` : text;
}

/** The text without the tables' names: a rule or a route of table 101 is the same whatever that table is called. */
export function namesAside(text: string): string {
  return text.replace(/\b(lookup|table) \S+/g, "$1 *");
}

/** Do they mean the same? Names that tables have got, lost or changed make no other lines where the arguments are equal. */
export function sameMeaning(a: Props, b: Props): boolean {
  return isDeepStrictEqual(unnamed(a), unnamed(b));
}

function unnamed(props: Props): Props {
  const texts = (key: "replaces" | "adopts") => listed(key, linesOf(props, key).map(namesAside));
  return { ...props, config: namesAside(textOf(props, "config")), ...texts("replaces"), ...texts("adopts") };
}

/** The lines that stored inputs mean. They were checked when they were stored; defaults are filled in again. */
export function desiredOf(kind: Kind, props: Props) {
  return kind.desired(kind.schema.parse(argumentsOf(props)), factsOf(kind, props));
}
