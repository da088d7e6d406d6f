/** Zod's issues in the user's words, one fault each, with the path as it stands in the stack file. */
import { z } from "zod";
import { escaped } from "../model/printable.ts";
import { wishMessage } from "./fields.ts";
import { keysAt, type Site, siteSchema } from "./schema.ts";
import { suggest } from "./suggest.ts";

export type Path = readonly (string | number)[];

/** Something wrong in a site. `path` is inside the site: `links.wan_two.id`. */
export interface Fault {
  readonly path: Path;
  readonly message: string;
}

/** `multiwan:site.publish[3].tcp[0]: ...` */
export function formatFault({ path, message }: Fault, root: string): string {
  return escaped(`${placeOf(path, root)}: ${message}`);
}

/** `multiwan:site.publish[3].tcp[0]` */
export function placeOf(path: Path, root: string): string {
  if (path.length === 0) return root;
  const dotted = z.core.toDotPath(path);
  return `${root}${dotted.startsWith("[") ? "" : "."}${dotted}`;
}

/** The site with its defaults, or what is wrong with its shape: keys, types and single values. */
export function readShape(written: unknown): { readonly site: Site | undefined; readonly faults: readonly Fault[] } {
  const { data: site, error } = siteSchema.safeParse(written, { reportInput: true });
  const issues = error?.issues ?? [];
  return { site, faults: [...protoKeys(written, []), ...issues.flatMap((issue) => toFaults(issue, []))] };
}

/** A name that zod and object literals pass over: it would be there in the file and nowhere else. */
function protoKeys(value: unknown, path: Path): Fault[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(key === "__proto__" ? [{ path: [...path, key], message: "cannot be used as a name here; take another" }] : []),
    ...protoKeys(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  ]);
}

function toFaults(issue: z.core.$ZodIssue, above: Path): Fault[] {
  const path = [...above, ...(issue.path as (string | number)[])];
  const fault = (message: string): Fault[] => [{ path, message }];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(path, key, (issue.input as Record<string, unknown>)[key]));
    case "invalid_union": {
      const meant = meantBranch(issue);
      return meant ? meant.flatMap((inner) => toFaults(inner, path)) : fault(needed(issue.message, issue.input));
    }
    case "invalid_key":
      return issue.issues.flatMap((inner) => toFaults({ ...inner, path: [] }, path));
    case "invalid_type":
      return fault(wrongType(path, issue));
    case "invalid_value":
      return fault(
        `must be ${issue.values.join(" or ")}, not ${shown(issue.input)}${suggest(String(issue.input), issue.values.map(String))}`,
      );
    case "too_small":
    case "too_big":
      return fault(typeof issue.input === "number" ? `${issue.message}, not ${issue.input}` : issue.message);
    case "invalid_format":
      return fault(`${issue.message}, not ${shown(issue.input)}`);
    default:
      return fault(/^is /.test(issue.message) ? `${String(issue.input)} ${issue.message}` : issue.message);
  }
}

/** Of a union's branches, that which the value was meant for: not one that fails for its type alone. */
function meantBranch(issue: z.core.$ZodIssueInvalidUnion): readonly z.core.$ZodIssue[] | undefined {
  const byType = ({ path, code }: z.core.$ZodIssue) => path.length === 0 && /^invalid_(type|union)$/.test(code);
  return issue.errors.find((branch) => !branch.some(byType));
}

function wrongType(path: Path, issue: z.core.$ZodIssueInvalidType): string {
  const own = issue.message.startsWith("must be ") ? issue.message : undefined;
  if (issue.input === undefined && path.at(-1) === "gateway")
    return "is missing: a default route with only a device makes the kernel ask by ARP for every address of the internet; give the ISP's router";
  return needed(own ?? `must be ${TYPES[issue.expected] ?? issue.expected}`, issue.input);
}

const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a group of settings",
  record: "a group of names",
};

function needed(must: string, input: unknown): string {
  if (input === undefined) return "is missing";
  if (input === null) return "is empty: give a value, or take the line out";
  return `${must}, not ${shown(input)}`;
}

function unknownKey(path: Path, key: string, value: unknown): Fault {
  const wish = path[0] === "links" && path.length === 2 ? wishMessage(key, value) : undefined;
  const known = keysAt(path) ?? [];
  const message = wish ?? `is not a setting${suggest(key, known) || `; the settings here are ${known.join(", ")}`}`;
  return { path: [...path, key], message };
}

/** A value as the user typed it, cut where it is long. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "a group of settings";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
