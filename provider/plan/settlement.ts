/** What resources ask for, and what is settled of it: values. */
import type { Fragment, Line } from "../model/line.ts";
import type { Entry, Manifest } from "./manifest.ts";
import type { RecordedOn } from "./same-router.ts";
import type { Heir } from "./take-over.ts";

export interface Request extends Heir {
  /** What the Pulumi state recorded, for a router whose manifest is gone (it is as volatile as the lines). */
  readonly recorded?: Entry;
  /** Where that was: it is no memory of another router. */
  readonly recordedOn?: RecordedOn;
  /** Foreign lines that the user wants to go when ours come: remembered, and given back when the resource goes. */
  readonly adopt?: Fragment;
  /** Lines that belong to the resource whoever wrote them. */
  readonly territory?: (line: Line) => boolean;
}

export interface Owned {
  readonly owner: string;
  readonly line: Line;
  /** What was there before us and comes back now: part of a removal, and as late. */
  readonly givenBack?: true;
  /** A route that comes behind those of its place, which stay. */
  readonly behind?: true;
  /** A foreign line that makes room. */
  readonly adopted?: true;
}

/** What was there before and cannot come back, and why. */
export type Lost = Owned & { readonly why: string };

export interface Settlement {
  readonly manifest: Manifest;
  readonly put: readonly Owned[];
  readonly drop: readonly Owned[];
  readonly lost: readonly Lost[];
}

/** Lines that other resources of this program have declared in their checks: never dropped, whoever lets them go. */
export type Claims = ReadonlyMap<string, Fragment>;
