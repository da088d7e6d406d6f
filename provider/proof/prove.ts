/** The proof: every connection of a site, whichever way the default points and with any one link down. */
import { MAIN_TABLE, type RouteLine } from "../kernel/line.ts";
import type { Proved } from "./claim.ts";
import { follow } from "./connection.ts";
import { claimOf, defaultFlows, type Flow, flowsOf } from "./flows.ts";
import type { Machine } from "./machine.ts";
import type { Obligations, ProofLink } from "./obligations.ts";
import { peersOf } from "./peers.ts";
import { routeTable } from "./route-table.ts";

/** With more doors than this, all of them are followed once, and one of each link and protocol in every case. */
const MANY_DOORS = 256;

/**
 * Every claim with its answer, on a machine that has the links.
 * @param cases `links up` leaves out those in which a link is down: half the work with two links, three quarters with four
 */
export function prove(machine: Machine, obligations: Obligations, cases: "all" | "links up" = "all"): Proved[] {
  const { links } = obligations;
  const peers = peersOf(obligations, machine);
  const flows = flowsOf(obligations, machine, peers);
  const some = obligations.doors.length > MANY_DOORS ? representatives(flows) : flows;
  const asIs = defaultFlows(obligations, machine, peers).map(
    (flow): Proved => ({
      claim: claimOf(flow, { when: "default as it is", about: "as it is" }),
      ...follow(machine, flow.connection),
    }),
  );
  const moved = new Map(links.map((link) => [link.name, withDefault(machine, link)]));
  const each = links.flatMap((main, i) => {
    const now = moved.get(main.name)!;
    const others = links.filter((link) => link !== main);
    // A connection that is open stays on its link when the default moves.
    const later = others.map((link) => moved.get(link.name)!);
    const by = { when: `default by ${main.name}`, about: `default by ${main.device}` };
    return [
      ...(i === 0 ? flows : some).map(
        (flow): Proved => ({ claim: claimOf(flow, by), ...follow(now, flow.connection, later) }),
      ),
      ...(cases === "all" ? links : []).flatMap((dead) => {
        const left = withoutDevice(now, dead.device);
        const lives = (flow: Flow) =>
          !flow.aside && (flow.link === undefined ? flow.kind === "hairpin" : flow.link !== dead.name);
        const lost = {
          when: `${by.when}, ${dead.name} is down`,
          about: `${by.about} without ${dead.device}`,
          down: dead.name,
        };
        return some
          .filter(lives)
          .map((flow): Proved => ({ claim: claimOf(flow, lost), ...follow(left, flow.connection) }));
      }),
    ];
  });
  return [...each, ...asIs];
}

/** One door for all that differ in their numbers only; whatever is no door as it is. */
function representatives(flows: readonly Flow[]): readonly Flow[] {
  const key = ({ kind, link, connection, name, aside }: Flow) =>
    (kind === "door" && !aside) || kind === "hairpin" ? `${kind} ${link} ${connection.protocol}` : `${kind} ${name}`;
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
  const tables = [...machine.tables].map(([id, { routes }]) => [id, routeTable(routes.filter(stays))] as const);
  return { ...machine, tables: new Map(tables) };
}
