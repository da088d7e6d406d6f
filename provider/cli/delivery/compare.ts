/** What differs between the plan that was reviewed and the plan of now, both relative to the state. Pure. */
import { isDeepStrictEqual } from "node:util";
import { isNews } from "../../lifecycle/inputs.ts";
import { isDefaultProvider, parseUrn } from "../stack/names.ts";
import {
  isDynamicProvider,
  isManaged,
  isProvider,
  isSecret,
  type ResourcePlan,
  ROUTER,
  resourceName,
  type SavedPlan,
} from "./saved-plan.ts";
import { allChanges, plannedSettings } from "./settings.ts";

export type About =
  /** Lines on the router, managed ones and those in their way. */
  | "router"
  /** Another machine. */
  | "machine"
  /** What the program and the stack file declare. */
  | "declared"
  /** The state: another run has been. */
  | "state";

export interface Difference {
  readonly about: About;
  /** `FwmarkRule site-wan_one-rule`. */
  readonly resource: string;
  /** Lines of the router, or words on an argument. */
  readonly lines: readonly string[];
}

/** Nothing would be done by it. */
export function isEmpty({ resourcePlans }: SavedPlan): boolean {
  return Object.entries(resourcePlans).every(
    ([urn, { steps = [] }]) => isProvider(urn) || steps.every((step) => step === "same"),
  );
}

/**
 * @param reviewed as `packed` leaves it
 * @param now as `pulumi preview --save-plan` has just written it
 * @param state digests of the state of now
 */
export function compare(
  reviewed: SavedPlan,
  now: SavedPlan,
  state: Readonly<Record<string, string>>,
): readonly Difference[] {
  const urns = [...new Set([...Object.keys(reviewed.resourcePlans), ...Object.keys(now.resourcePlans)])].sort();
  const before = reviewed.multiwan?.state;
  return urns
    .filter((urn) => !isDynamicProvider(urn))
    .flatMap((urn): readonly Difference[] => {
      if (before !== undefined && isManaged(urn) && before[urn] !== state[urn])
        return [{ about: "state", resource: resourceName(urn), lines: [moved(before[urn], state[urn])] }];
      return compareOne(urn, reviewed.resourcePlans[urn], now.resourcePlans[urn]);
    });
}

/** @param now as `pulumi preview --save-plan` has just written it */
export function compareSettings({ multiwan }: SavedPlan, now: SavedPlan): readonly Difference[] {
  const { settings } = multiwan ?? {};
  if (!settings) return [];
  const planned = plannedSettings(now);
  return allChanges(settings.is, planned).map(({ urn, changes }) => ({
    ...{ about: "declared", resource: `settings of ${isDefaultProvider(urn) ? ROUTER : resourceName(urn)}` },
    lines: changes.map(({ key, was, is }) => `${key}: ${is ?? "not set"} instead of ${was ?? "not set"}`),
  }));
}

function moved(before: string | undefined, now: string | undefined): string {
  if (before === undefined) return "was created by another run";
  return now === undefined ? "was deleted by another run" : "was changed by another run";
}

function compareOne(urn: string, a: ResourcePlan | undefined, b: ResourcePlan | undefined): readonly Difference[] {
  const resource = resourceName(urn);
  const declared = (...lines: string[]): Difference => ({ about: "declared", resource, lines });
  if (a?.goal === undefined || b?.goal === undefined) {
    if ((a?.goal === undefined) === (b?.goal === undefined)) return [];
    return [declared(a?.goal === undefined ? "is declared, and was not in the review" : "is no longer declared")];
  }
  const [was, is] = [changes(a), changes(b)];
  const keys = [...new Set([...was.keys(), ...is.keys()])].sort();
  const differing = keys.filter((key) => !isDeepStrictEqual(masked(was.get(key)), masked(is.get(key))));
  const told = tellAll(resource, differing, was, is);
  const steps = (plan: ResourcePlan) => (plan.steps ?? []).join(", ");
  // The steps of a stack follow from those of its resources.
  if (told.length > 0 || steps(a) === steps(b) || parseUrn(urn).type === "pulumi:pulumi:Stack") return told;
  return [declared(`${steps(b) || "nothing"} instead of ${steps(a) || "nothing"}`)];
}

type Changes = ReadonlyMap<string, unknown>;

/** What says the most of it: arguments where no line differs, and what is to be added where nothing else does. */
function tellAll(resource: string, differing: readonly string[], was: Changes, is: Changes): readonly Difference[] {
  const tell = (keys: readonly string[]) =>
    keys.flatMap((key) => differenceOf(resource, key, was.get(key), is.get(key)));
  const lines = tell(differing.filter((key) => LINES.includes(key)));
  if (lines.some(({ about }) => about === "declared")) return lines;
  const others = tell(differing.filter((key) => !LINES.includes(key) && key !== "adds"));
  const told = [...lines, ...others];
  return told.length > 0 ? told : tell(differing.filter((key) => key === "adds"));
}

const LINES = ["drift", "replaces", "adopts", "takesOver", "config"];

/** A value that is given up. */
const GONE = Symbol("deleted");

/** What becomes of each input that changes. */
function changes({ goal }: ResourcePlan): Changes {
  const { adds = {}, updates = {}, deletes = [] } = goal?.inputDiff ?? {};
  return new Map<string, unknown>([
    ...deletes.map((key) => [key, GONE] as const),
    ...Object.entries(adds),
    ...Object.entries(updates),
  ]);
}

/** Each plan encrypts a secret anew, so that equal ones look different: the engine, which can decrypt them, compares those. */
function masked(value: unknown): unknown {
  if (isSecret(value)) return "secret";
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, masked(one)]));
}

/** In words of the input; of news, which the state may have lost in between, perhaps nothing. Of all else never nothing, so that the engine is not the first to find it, in the middle of an update. */
function differenceOf(resource: string, key: string, was: unknown, is: unknown): readonly Difference[] {
  const told = linesThatDiffer(resource, key, was, is);
  const given = [was, is].filter((value) => value !== undefined && value !== GONE);
  if (told.length > 0 || (given.length === 0 && isNews(key))) return told;
  const inOrder = given.length === 2 && linesOf(was).length > 0 && linesOf(is).length > 0;
  const about = key === "config" ? "declared" : "router";
  return [{ about, resource, lines: [inOrder ? `${key} differs in the order of its lines` : `${key} differs`] }];
}

function linesThatDiffer(resource: string, key: string, was: unknown, is: unknown): readonly Difference[] {
  const [before, after] = [linesOf(was), linesOf(is)];
  const gone = before.filter((line) => !after.includes(line));
  const come = after.filter((line) => !before.includes(line));
  const about = (about: About, lines: readonly string[]): readonly Difference[] =>
    lines.length === 0 ? [] : [{ about, resource, lines }];
  switch (key) {
    case "drift":
      return about("router", [...come, ...gone.map((line) => `no longer ${line}`)]);
    case "replaces":
    case "adopts":
      return about("router", [
        ...come.map((line) => `there now, ${WAYS[key]}: ${line}`),
        ...gone.map((line) => `no longer there: ${line}`),
      ]);
    case "takesOver":
      return about("router", [...come, ...gone.map((line) => `no longer ${line}`)]);
    case "adds":
      return about("router", [
        ...gone.map((line) => `there already: ${line}`),
        ...come.map((line) => `to be added: ${line}`),
      ]);
    case "router":
    case "routerId":
      return about("machine", [`${text(is)} instead of ${text(was)}`]);
    case "config":
      return about("declared", [...gone.map((line) => `- ${line}`), ...come.map((line) => `+ ${line}`)]);
    default:
      return about("declared", [`${key} differs`]);
  }
}

const WAYS = { replaces: "and would be replaced", adopts: "and would be kept as managed" } as const;

function linesOf(value: unknown): readonly string[] {
  if (typeof value === "string") return value.split("\n").filter((line) => line !== "");
  return Array.isArray(value) ? value.map((line) => (typeof line === "string" ? line : JSON.stringify(line))) : [];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "the one of the last run";
}
