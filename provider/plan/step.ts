import { type Line, MAIN_TABLE, type RouteLine, type RuleLine } from "../model/line.ts";
import { kindOfOwner } from "./owner-kind.ts";
import type { Owned } from "./settlement.ts";

/** One command of a plan with its inverse, both as POSIX sh. Neither takes a decision: those are made. */
export interface Step {
  readonly phase: number;
  /** Resources on whose behalf it runs: named when it fails. */
  readonly owners: readonly string[];
  /** What a person would call it, for errors: `ip rule add …`. */
  readonly what: string;
  readonly run: string;
  /** Brings back what was there before `run`; harmless where `run` did nothing. It fails only where it has to be tried again. */
  readonly undo: string;
  /** Lines that come or go with it: what the way back is judged by. */
  readonly touches?: readonly Line[];
  /** Text that the commands read as a file `$T/<name>`; data, never shell. */
  readonly files?: Readonly<Record<string, string>>;
  /** It writes to the disk: on a read-only root that is two remounts and their syncs, the slowest thing a step can do. */
  readonly disk?: true;
  /** A dry run, tried before the first change: `iptables-restore --test`. */
  readonly test?: string;
}

/**
 * Any prefix of the plan leaves a router that works: what is inert first (tables, from-rules, rules that look at
 * marks which nothing carries yet), then the marks, then NAT and the default. Removal runs the other way round, after every addition.
 */
export function phaseOf({ owner, line, givenBack, adopted }: Owned): number {
  switch (line.kind) {
    case "table-name":
      return 10;
    case "sysctl":
      return 20;
    case "address":
      return 30;
    case "route":
      return phaseOfRoute(line);
    case "rule":
      // Foreign rules of one priority keep their order.
      return givenBack || adopted ? 60 : phaseOfRule(line, owner);
    case "chain":
    case "hook":
      return line.table === "mangle" ? 70 : 80;
    case "file":
      return 110;
  }
}

function phaseOfRoute({ table, type, destination }: RouteLine): number {
  if (table === MAIN_TABLE) return 100;
  return type === "unicast" && destination === "default" ? 41 : 40;
}

function phaseOfRule({ mark }: RuleLine, owner: string): number {
  if (mark !== undefined) return 60;
  return kindOfOwner(owner)?.rulesBehindMarks ? 90 : 50;
}

export const removal = (phase: number): number => 1000 - phase;

/** When a line is put: what is given back belongs to a removal, which would otherwise meet it too early. */
export function putPhase(owned: Owned): number {
  return owned.givenBack ? removal(phaseOf(owned)) : phaseOf(owned);
}

export type OfKind<K extends Line["kind"]> = Extract<Line, { kind: K }>;
