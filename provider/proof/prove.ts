/** The proof: every connection of a site, whichever way the default points and with any one link down. */
import { MAIN_TABLE, type RouteLine } from "../kernel/line.ts";
import type { Site } from "../site/schema.ts";
import type { Proved } from "./claim.ts";
import { follow } from "./connection.ts";
import { declaredMachine } from "./declared.ts";
import { flowsOf, title } from "./flows.ts";
import type { Machine } from "./machine.ts";
import { type Obligations, obligationsOf, type ProofLink } from "./obligations.ts";
import { routeTable } from "./route-table.ts";

/** The proof of a declaration, on plain values. */
export function proveSite(site: Site): Proved[] {
  return prove(declaredMachine(site), obligationsOf(site));
}

/** Every claim with its answer, on a machine that has the links. */
export function prove(machine: Machine, obligations: Obligations): Proved[] {
  const { links } = obligations;
  const flows = flowsOf(obligations, machine);
  const moved = new Map(links.map((link) => [link.name, withDefault(machine, link)]));
  return links.flatMap((main) => {
    const now = moved.get(main.name)!;
    const others = links.filter((link) => link !== main);
    // A connection that is open stays on its link when the default moves.
    const later = others.map((link) => moved.get(link.name)!);
    const by = `default by ${main.name}`;
    return [
      ...flows.map((flow): Proved => ({ claim: title(flow, by), ...follow(now, flow.connection, later) })),
      // The default has moved away from what is down: who points it at a dead link has no way out, and no proof.
      ...others.flatMap((dead) => {
        const left = withoutDevice(now, dead.device);
        return flows
          .filter((flow) => (flow.link === undefined ? flow.kind === "hairpin" : flow.link !== dead.name))
          .map(
            (flow): Proved => ({
              claim: title(flow, `${by}, ${dead.name} is down`),
              ...follow(left, flow.connection),
            }),
          );
      }),
    ];
  });
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
