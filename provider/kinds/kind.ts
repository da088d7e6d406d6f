import type { z } from "zod";
import type { Fragment, Line, TableNames } from "../model/line.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Facts } from "./facts.ts";

/**
 * A resource kind is data: what it takes, which kernel lines it means, what it refuses on a given router. Everything
 * else (reading, planning, applying, drift) is the same for all kinds and lives elsewhere.
 */
export interface Kind<Schema extends z.ZodObject = z.ZodObject, Learnt extends Facts = Facts> {
  /** Type name as the user writes it; also part of the owner key in the manifest: never changes. */
  readonly type: string;
  readonly schema: Schema;
  /** The names and the shape of its facts, by which they are read from a state. Default: it has none. */
  readonly learns?: z.ZodType<Learnt>;
  /** A router with such a resource has a boot file of all managed lines, which each confirmed change writes anew. Default: it asks for none. */
  readonly persists?: true;
  /**
   * Its rules without a mark decide only about packets that no mark has decided about: they stand behind the rules by mark, and are put
   * when all marks are set, because they move traffic. Default: such a rule is inert until then, and may come first.
   */
  readonly rulesBehindMarks?: true;
  /** Which of its arguments gives rules their priority, chains their name, routes their table: a collision names it. Default `priority`, `chain`, none. */
  readonly arguments?: Readonly<Partial<Record<"priority" | "chain" | "table", string>>>;
  /**
   * What only the router knows and the lines depend on (a device's own addresses), found in the snapshot that the
   * preview is judged against and recorded in the inputs, so that `desired` stays a function of its arguments alone.
   */
  readonly facts?: (args: z.output<Schema>, snapshot: Snapshot, willGo: (line: Line) => boolean) => Learnt;
  readonly desired: (args: z.output<Schema>, facts: Learnt) => Fragment;
  /** What makes these arguments wrong on this router. */
  readonly refuse?: (args: z.output<Schema>, view: View) => readonly Issue[];
  /** What a person has to know before these arguments are applied to this router. */
  readonly warn?: (args: z.output<Schema>, snapshot: Snapshot, isOurs: (line: Line) => boolean) => readonly string[];
  /** Lines on the router that belong to this resource whoever wrote them, such as every route of its table. */
  readonly territory?: (args: z.output<Schema>) => (line: Line) => boolean;
  /** Names to show for table ids, where the arguments give one. */
  readonly tableNames?: (args: z.output<Schema>) => ReadonlyMap<number, string>;
}

/** A fault in the arguments: the property path inside the resource, and a sentence that says what to do. */
export interface Issue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** `multiwan:site.links.wan_one.gateway: `, or nothing. @param places by argument, `entries.3` for one of a list */
export function issuePlace(at: string, places: Readonly<Record<string, string>>, path: Issue["path"]): string {
  // The longest beginning that has a place of its own.
  const known = path.findLastIndex((_, i) => places[path.slice(0, i + 1).join(".")] !== undefined) + 1;
  const base = known > 0 ? places[path.slice(0, known).join(".")]! : at;
  const rest = path.slice(known).map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`));
  const whole = `${base}${rest.join("")}`.replace(/^\./, "");
  return whole ? `${whole}: ` : "";
}

/** The live router as one resource sees it: which lines are its neighbours'. */
export interface View {
  readonly snapshot: Snapshot;
  /** Is this live line in the manifest, this resource's or another's? Everything else is foreign. */
  readonly isOurs: (line: Line) => boolean;
  /** Is it in the manifest under this very resource? */
  readonly isMine: (line: Line) => boolean;
  /** Was it there before this resource, word for word, when it was taken over? */
  readonly isAdopted: (line: Line) => boolean;
  /** Is it listed under `replace`, so that it goes with this change and comes back on destroy? Default: no. */
  readonly isListed?: ((line: Line) => boolean) | undefined;
  /** Is it one of the lines that these arguments mean? Such a line is adopted, whoever wrote it. */
  readonly isDesired: (line: Line) => boolean;
  /** Did lines of this resource name that device when it was applied last, by the manifest or the state? Default: no. */
  readonly wasOn?: ((device: string) => boolean) | undefined;
  /** Names that the last run gave to tables for this resource, by the manifest or the state. Default none. */
  readonly lastNames?: TableNames;
  /** Numbers of the tables that the manifest gives a name. Default none. */
  readonly namedTables?: ReadonlySet<number>;
  /** Lines of the resources of the program that were judged before, by owner. */
  readonly claims?: ReadonlyMap<string, Fragment>;
  /** Where the operator comes in and from, as far as it is known. */
  readonly operator?: Operator | undefined;
}

/** The operator's logins as the router sees them. */
export interface Operator {
  /** Address that the session comes from, behind any address translation. */
  readonly client: string | undefined;
  /** Address of the router that the session's packets go to, likewise. */
  readonly server: string | undefined;
  /** The port there, likewise. */
  readonly port: number | undefined;
  readonly ways: readonly WayIn[];
}

/** An address and port of the router that has to lead to its SSH server. */
export interface WayIn {
  readonly address: string;
  readonly port: number;
  /** What tells so, as the subject of `... logs in`: a setting, or this session. */
  readonly who: string;
}

/** Gives a kind its exact argument types and forgets them: the generic provider works on all kinds alike. Its name is kept. */
export function defineKind<const Type extends string, Schema extends z.ZodObject, Learnt extends Facts>(
  kind: Kind<Schema, Learnt> & { readonly type: Type },
): Kind & { readonly type: Type } {
  return kind as unknown as Kind & { readonly type: Type };
}
