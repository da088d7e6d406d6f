/** What is recorded of a router: its readings as they came over the channel, and the runs in which they did. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Resource, Stored } from "../rows/direct.ts";

/** Stands for the nonce of the exchange. */
export const NONCE = "<nonce>";

/** One script's answer. */
export interface Exchanged {
  /** What the script was for, as messages say it: `reading the router`. */
  readonly what: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  readonly ms: number;
  /** Why there was no answer: the kind of the error, and its words. */
  readonly lost?: { readonly kind: string; readonly why: string };
}

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** What a session knows of its ends. */
export interface Ends {
  readonly client?: Endpoint;
  readonly server?: Endpoint;
  readonly peer?: Endpoint;
  readonly greeting?: string;
  readonly hostKey?: { readonly type: string; readonly fingerprint: string };
}

/** One process of the provider. */
export interface Run {
  readonly name: string;
  readonly does: "update" | "preview" | "refresh" | "destroy" | "look";
  /** `project/stack` */
  readonly stack: string;
  /** Which of the tape's sites; undefined where nothing is declared, or a stack of its own is. */
  readonly site?: number;
  readonly ends: Ends;
  readonly exchanges: readonly Exchanged[];
}

export interface Tape {
  readonly name: string;
  /** How it came about, for people. */
  readonly about: Readonly<Record<string, unknown>>;
  /** `multiwan:router`, without what a login needs. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Sites as they are written. */
  readonly sites: readonly Record<string, unknown>[];
  /** What other stacks declare, by `project/stack`. */
  readonly others: Readonly<Record<string, readonly Resource[]>>;
  /** Create and update in the order in which resources depend on each other, or all in one transaction. */
  readonly inOrder: boolean;
  /** What the stack's state held before the first run. */
  readonly state?: readonly Stored[];
  readonly runs: readonly Run[];
}

/** Readings of one router have most of their sections in common: each text is there once. */
interface Written extends Omit<Tape, "runs"> {
  readonly runs: readonly (Omit<Run, "exchanges"> & { readonly exchanges: readonly Packed[] })[];
  readonly texts: readonly string[];
}
type Packed = Omit<Exchanged, "stdout"> & { readonly stdout: readonly number[] };

const SECTION = new RegExp(`(?<=\\n@@${NONCE} \\S+ \\d+\\n)`);

export function writeTape(folder: string, tape: Tape): void {
  const texts: string[] = [];
  const places = new Map<string, number>();
  const placeOf = (text: string) => {
    const at = places.get(text) ?? texts.push(text) - 1;
    places.set(text, at);
    return at;
  };
  const pack = (exchanged: Exchanged): Packed => ({
    ...exchanged,
    stdout: exchanged.stdout.split(SECTION).map(placeOf),
  });
  const runs = tape.runs.map((run) => ({ ...run, exchanges: run.exchanges.map(pack) }));
  mkdirSync(folder, { recursive: true });
  const written: Written = { ...tape, runs, texts };
  writeFileSync(join(folder, `${tape.name}.json`), `${JSON.stringify(written, undefined, 1)}\n`);
}

export function readTape(file: string): Tape {
  const { texts, ...rest } = JSON.parse(readFileSync(file, "utf8")) as Written;
  const unpack = (packed: Packed): Exchanged => ({
    ...packed,
    stdout: packed.stdout.map((at) => texts[at]!).join(""),
  });
  return { ...rest, runs: rest.runs.map((run) => ({ ...run, exchanges: run.exchanges.map(unpack) })) };
}

export const tapesIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort();
