/** The proof: every connection of a site, whichever way the default points and with any one link down. */
import { MAIN_TABLE, type RouteLine } from "../model/line.ts";
import type { Leg } from "../walk/follow-connection.ts";
import type { Machine } from "../walk/machine.ts";
import { routeTable } from "../walk/route-table.ts";
import { WalkedOnce } from "../walk/walked-once.ts";
import type { Answer, Claim, Proved } from "./claim.ts";
import { follow as followed } from "./connection.ts";
import type { Flow } from "./flow.ts";
import { claimOf, defaultFlows, flowsOf } from "./flows.ts";
import type { Obligations, ProofLink } from "./obligations.ts";
import { peersOf } from "./peers.ts";

/** With more doors than this, everything is followed once, and one door of each link and protocol in every case. */
const MANY_DOORS = 256;

/**
 * `links up` leaves out those in which a link is down: half the work with two links, three quarters with four. With `now` it has one
 * more: the machine as it is.
 */
export type Cases = "all" | "links up" | "links up, now";

/** Of claims about the machine as it is. */
export const NOW = "now";

/** Every claim with its answer, on a machine that has the links. */
export function prove(machine: Machine, obligations: Obligations, cases: Cases = "all"): Proved[] {
  const peers = peersOf(obligations, machine);
  const flows = flowsOf(obligations, machine, peers);
  const some = new Set(obligations.doors.length > MANY_DOORS ? representatives(flows) : flows);
  const situations = situationsOf(machine, obligations.links, cases);
  // One connection after the other: what is known of the walks of one is of no use to the next.
  const rows = flows.map((flow) => {
    const walks = new WalkedOnce();
    return situations.map((situation) => {
      const { down, first = false } = situation;
      const isFollowed = (first || some.has(flow)) && (down === undefined || lives(flow, down));
      return isFollowed ? proved(flow, situation, walks) : undefined;
    });
  });
  return [
    ...situations.flatMap((_, at) => rows.flatMap((row) => row[at] ?? [])),
    ...defaultFlows(obligations, machine, peers).map((flow) =>
      proved(flow, { when: "default as it is", about: "as it is", on: machine }, new WalkedOnce()),
    ),
  ];
}

/** The router with its default on one of the links, and perhaps a device down. */
interface Situation {
  readonly when: string;
  /** The same without names of links. */
  readonly about: string;
  readonly on: Machine;
  /** Where the default moves to while a connection is open, which stays on its link. */
  readonly later?: readonly Machine[];
  /** The link whose device is down. */
  readonly down?: string;
  /** One in which every connection is followed. */
  readonly first?: boolean;
}

function situationsOf(machine: Machine, links: readonly ProofLink[], cases: Cases): Situation[] {
  const moved = new Map(links.map((link) => [link, withDefault(machine, link)]));
  const each = links.flatMap((main, i): Situation[] => {
    const on = moved.get(main)!;
    const later = links.filter((link) => link !== main).map((link) => moved.get(link)!);
    const when = `default by ${main.name}`;
    const about = `default by ${main.device}`;
    const downs = (cases === "all" ? links : []).map(
      ({ name, device }): Situation => ({
        ...{ when: `${when}, ${name} is down`, about: `${about} without ${device}`, down: name },
        on: withoutDevice(on, device),
      }),
    );
    return [{ when, about, on, later, first: i === 0 }, ...downs];
  });
  return cases === "links up, now" ? [...each, { when: NOW, about: NOW, on: machine, first: true }] : each;
}

/** Is it asked for where that link is down? */
function lives({ kind, link, aside }: Flow, down: string): boolean {
  if (aside) return false;
  return link === undefined ? kind === "hairpin" : link !== down;
}

function proved(flow: Flow, situation: Situation, walks: WalkedOnce): Proved {
  const { on, later = [] } = situation;
  const { answer } = walks.whole([on, ...later], () => followed(on, flow.connection, later, walks));
  return new Answered(claimOf(flow, situation), answer, flow, situation);
}

/** Of thousands of claims a few are told with their packets, which are walked again for that. */
class Answered implements Proved {
  readonly claim: Claim;
  readonly answer: Answer;
  readonly #flow: Flow;
  readonly #situation: Situation;

  constructor(claim: Claim, answer: Answer, flow: Flow, situation: Situation) {
    this.claim = claim;
    this.answer = answer;
    this.#flow = flow;
    this.#situation = situation;
  }

  get legs(): readonly Leg[] {
    const { on, later } = this.#situation;
    return followed(on, this.#flow.connection, later).legs;
  }
}

/** One for all that differ in their numbers only: of doors, and of the router's own addresses on a link. */
function representatives(flows: readonly Flow[]): readonly Flow[] {
  const key = ({ kind, link, connection, name, aside }: Flow) =>
    !aside && (kind === "door" || kind === "hairpin" || kind === "router")
      ? `${kind} ${link} ${connection.protocol}`
      : `${kind} ${name}`;
  return [...Map.groupBy(flows, key).values()].map(([first]) => first!);
}

/** The same router with the main table's default on that link. */
export function withDefault(machine: Machine, link: ProofLink): Machine {
  const route: RouteLine = {
    ...{ kind: "route", type: "unicast", destination: "default", table: MAIN_TABLE, metric: 0, onlink: false },
    ...{ gateway: link.gateway, device: link.device },
  };
  const rest = (machine.tables.get(MAIN_TABLE)?.routes ?? []).filter((other) => other.destination !== "default");
  return { ...machine, tables: new Map([...machine.tables, [MAIN_TABLE, routeTable([...rest, route])]]) };
}

/** A device that is down takes its routes with it, in all tables; its addresses stay. */
export function withoutDevice(machine: Machine, device: string): Machine {
  const stays = (route: RouteLine) => route.device !== device || route.type === "local";
  const tables = [...machine.tables].map(([id, table]) => {
    const left = table.routes.filter(stays);
    return [id, left.length === table.routes.length ? table : routeTable(left)] as const;
  });
  return { ...machine, tables: new Map(tables) };
}
