/** Policy rules of others in front of those of this stack: what is refused in the preview, and what is said there. Pure. */

import { looksLike } from "../coexistence/recognise.ts";
import { formatLine } from "../dialects/fragment.ts";
import { type Fragment, type Line, MAIN_TABLE, type RuleLine, type TableNames } from "../model/line.ts";
import { sourcesOf } from "../model/rule-facts.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { carriedMarks } from "./carried-marks.ts";
import type { Collision } from "./collision.ts";
import { type Diverted, divertedInside } from "./front-inside.ts";
import { localBehind, routesWith, type Surroundings, type Taker, takersOf } from "./in-front.ts";

export interface Fronts {
  readonly collisions: readonly Collision[];
  readonly warnings: readonly string[];
}

interface Place {
  readonly snapshot: Snapshot;
  /** Is it there, or was it after the last run? Then what stands in front of it came later. */
  readonly stood: (line: Line) => boolean;
  readonly names: TableNames;
  /** The argument that holds the priority of a rule of this resource. */
  readonly priority: string;
  readonly isForeign: (line: Line) => boolean;
}

/**
 * A rule that comes now must not be shut or passed over: that is refused. One that stands already, or has been removed by hand, has
 * been overtaken: that is said.
 * @param desired lines of this resource
 * @param declared those of the whole program, as far as it is known
 */
export function fronts(desired: Fragment, declared: Fragment, place: Place): Fronts {
  const { snapshot, stood, names, isForeign } = place;
  const keys = new Set(declared.filter((line) => line.kind === "rule").map((line) => formatLine(line, names)[0]!));
  const around: Surroundings = {
    rules: snapshot.rules.filter((rule) => isForeign(rule) && !keys.has(formatLine(rule, names)[0]!)),
    routes: routesWith(snapshot.routes, declared),
    own: new Set(
      [...snapshot.addresses, ...declared.filter((line) => line.kind === "address")].map(({ address }) => address),
    ),
    inside: insideOf(declared),
    carries: carriedMarks(snapshot, declared),
  };
  const show = (line: Line) => `"${formatLine(line, names)[0]}"`;
  const said = (rule: RuleLine) => `${show(rule)}${looksLike(rule, snapshot)}`;
  const arriving = desired.filter((line) => line.kind === "route" && isWide(line) && !stood(line));
  const own = new Set<Line>(desired);
  const speech: Speech = { show, said };
  // A default route that comes may give a rule in front something to lead to.
  // A rule that looks up the main table takes nothing away where it comes too late.
  const found = (arriving.length > 0 ? declared : desired)
    .filter((line) => line.kind === "rule")
    .filter(({ table }) => table !== MAIN_TABLE)
    .flatMap((rule): Found[] => {
      const about = { rule, path: own.has(rule) ? [place.priority] : [], stands: stood(rule) };
      const behind = own.has(rule) ? localBehind(rule, around.rules) : undefined;
      const takers = takersOf(rule, around)
        .map((taker) => ({ taker, cause: arriving.some((line) => line === taker.route) }))
        .filter(({ cause }) => own.has(rule) || cause);
      return [
        ...(behind ? [foundBehind(about, behind, speech)] : []),
        ...takers.map(({ taker, cause }) => foundInFront(about, taker, cause, speech)),
      ];
    });
  const warnings = desired
    .filter((line) => line.kind === "route" && line.table === MAIN_TABLE && isWide(line))
    .flatMap((line) =>
      unmarked(around)
        .filter(({ share, later }) => share === "all" && !later)
        .map(
          (taker) =>
            `packets without a mark meet ${said(taker.rule)} before the main table: ${show(line)} does not count for them, ${ending(taker, show)}`,
        ),
    );
  const stands = desired.every((line) => line.kind !== "chain" || stood(line));
  const inside = divertedInside(desired, declared, { ...around, on: onDevice(snapshot, declared) });
  const sentences = [
    ...together(found, show),
    ...[...Map.groupBy(inside, ({ rule }) => rule).values()].map((those) => ({
      path: [],
      onlySaid: stands || those.every(({ share }) => share === "some"),
      message: `${stands ? "drift: " : ""}${said(those[0]!.rule)} ${diversion(those, show)}`,
    })),
  ];
  return {
    collisions: sentences.filter(({ onlySaid }) => !onlySaid).map(({ path, message }) => ({ path, message })),
    warnings: [...sentences.filter(({ onlySaid }) => onlySaid).map(({ message }) => message), ...warnings],
  };
}

interface Speech {
  readonly show: (line: Line) => string;
  /** With the program that a foreign rule looks like. */
  readonly said: (rule: RuleLine) => string;
}

/** Foreign rules that look up the router's own addresses too late. */
function foundBehind(about: Omit<Found, "onlySaid" | "text">, behind: RuleLine, { said }: Speech): Found {
  const at = Math.max(1, Math.min(1001, about.rule.priority - 1));
  return {
    ...about,
    onlySaid: about.stands,
    text: (ours) =>
      `${said(behind)} stands behind ${ours}: packets to the router itself would leave by a link, the operator's too; look up its addresses in front (ip rule add pref ${at} lookup local)`,
  };
}

/** @param cause a route of this resource, which comes now, gives the rule in front something to lead to */
function foundInFront(
  about: Omit<Found, "onlySaid" | "text">,
  taker: Taker,
  cause: boolean,
  { show, said }: Speech,
): Found {
  const packets = taker.share === "all" ? "every packet that is" : "some of the packets that are";
  return {
    ...about,
    onlySaid: taker.share === "some" || (about.stands && !cause),
    text: (ours) =>
      `${said(taker.rule)} stands in front of ${ours} and takes ${packets} meant for it: ${ending(taker, show)}; ${remedy(taker)}`,
  };
}

/** What a rule does to packets towards the inside, with the worst of it first. */
function diversion(those: readonly Diverted[], show: (line: Line) => string): string {
  const { rule, share, meant, route, what } = those.find((one) => one.share === "all") ?? those[0]!;
  const more = new Set(those.filter((one) => one.share === share).map((one) => one.what)).size - 1;
  const packets = `${share === "all" ? "every packet" : "some of the packets"} from a link to ${what}${more > 0 ? ` and ${more} more` : ""}`;
  const way = route === undefined ? `${rule.rest?.split(" ").at(-1)} ends their way` : `they take ${show(route)}`;
  const place = meant === undefined ? "the rule that looks up the main table" : show(meant);
  const below = meant && rule.priority > 1 ? `, or give the links priorities below ${rule.priority}` : "";
  return `stands in front of ${place} and takes ${packets}: ${way}; remove it or move it behind${below}`;
}

/** An address that nobody knows yet may come to any of them. */
function onDevice(snapshot: Snapshot, declared: Fragment): (address: string, device: string) => boolean {
  const devices = new Map<string, Set<string>>();
  for (const line of [...snapshot.addresses, ...declared])
    if (line.kind === "address")
      devices.set(line.address, (devices.get(line.address) ?? new Set<string>()).add(line.device));
  return (address, device) => devices.get(address)?.has(device) ?? true;
}

interface Found {
  readonly rule: RuleLine;
  readonly path: readonly string[];
  /** The rule of this stack is on the router already, or was after the last run. */
  readonly stands: boolean;
  readonly onlySaid: boolean;
  text(ours: string): string;
}

/** The same of several rules of one resource is said once, of the first. */
function together(found: readonly Found[], show: (line: Line) => string) {
  const same = Map.groupBy(found, ({ text, path, stands, onlySaid }) =>
    JSON.stringify([text(""), path, stands, onlySaid]),
  );
  return [...same.values()].map(([first, ...more]) => {
    const { rule, path, stands, onlySaid, text } = first!;
    const ours = `${show(rule)}${more.length > 0 ? ` and ${more.length} more of this stack` : ""}`;
    return { path, onlySaid, message: `${stands && onlySaid ? "drift: " : ""}${text(ours)}` };
  });
}

/** Networks of the links' tables, servers, and sources of what is translated. */
function insideOf(declared: Fragment): string[] {
  return declared.flatMap((line): string[] => {
    if (line.kind === "route") return line.destination === "default" ? [] : [line.destination];
    if (line.kind !== "chain") return [];
    return line.rules.flatMap((rule) => {
      const server = rule.target?.kind === "dnat" ? rule.target.address : undefined;
      return [...sourcesOf(rule), ...(server === undefined ? [] : [server])];
    });
  });
}

function isWide(line: Line): boolean {
  return line.kind === "route" && line.destination === "default" && line.type === "unicast";
}

/** What a packet without a mark meets before the first rule that looks up the main table for everybody. */
function unmarked(around: Surroundings): Taker[] {
  const main = around.rules
    .filter(
      (rule) => rule.table === MAIN_TABLE && rule.from === "all" && rule.mark === undefined && !rule.to && !rule.rest,
    )
    .sort((a, b) => a.priority - b.priority)[0];
  return main ? takersOf({ ...main, mark: 0, mask: 0 }, around) : [];
}

function ending({ rule, route, over, later }: Taker, show: (line: Line) => string): string {
  if (over !== undefined) return `it jumps over it, to ${over}`;
  if (later) return "they leave by the default route of the main table as soon as it has one";
  return route === undefined ? `${rule.rest?.split(" ").at(-1)} ends their way` : `they leave by ${show(route)}`;
}

function remedy({ rule, route, later }: Taker): string {
  const below = rule.priority > 1 ? `take a priority below ${rule.priority} here` : undefined;
  const narrow =
    (later || route?.destination === "default") && rule.table === MAIN_TABLE
      ? "have it leave default routes alone (suppress_prefixlength 0)"
      : "remove it or move it behind";
  return [below, narrow].filter((text) => text !== undefined).join(", or ");
}
