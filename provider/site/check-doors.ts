/** Doors: (external address, protocol, port) -> server. */
import { noSuch } from "./check-links.ts";
import { formatPort, rangeOf } from "./doors.ts";
import { type Draft, type DraftPublish, present } from "./draft.ts";
import type { Fault, Path } from "./faults.ts";
import type { Port } from "./schema.ts";

/** A way in for the operator. */
export interface Login {
  /** The setting that declares it. */
  readonly setting: string;
  readonly host: string;
  readonly port: number;
}

interface Door {
  readonly path: Path;
  readonly address: string;
  readonly server: string | undefined;
  readonly port: Port;
  readonly first: number;
  readonly last: number;
  readonly protocol: "tcp" | "udp";
}

export function checkDoors(draft: Draft, logins: readonly Login[]): Fault[] {
  const doors = draft.publish.flatMap(doorsOf);
  return [
    ...draft.publish.flatMap((publish) => references(draft, publish)),
    ...twice(doors),
    ...logins.flatMap((login) => onLogin(doors, login)),
  ];
}

function references({ links, servers }: Draft, { path, link, server, tcp, udp }: DraftPublish): Fault[] {
  const linkNames = [...links.keys()];
  const serverNames = [...servers.keys()];
  return [
    ...(link === undefined || links.has(link)
      ? []
      : [{ path: [...path, "link"], message: noSuch("link", link, linkNames) }]),
    ...(server === undefined || servers.has(server)
      ? []
      : [{ path: [...path, "server"], message: noSuch("server", server, serverNames) }]),
    ...(tcp.length + udp.length > 0 ? [] : [{ path, message: "publishes nothing: give tcp or udp ports" }]),
  ];
}

function doorsOf({ path, address, server, ...ports }: DraftPublish): Door[] {
  if (address === undefined) return [];
  return (["tcp", "udp"] as const).flatMap((protocol) =>
    present(ports[protocol]).map(({ item, index }) => ({
      path: [...path, protocol, index],
      address,
      server,
      port: item,
      ...rangeOf(item),
      protocol,
    })),
  );
}

/** One door leads to one server. Doors of one address are compared among themselves, so that 2,000 stay quick. */
function twice(doors: readonly Door[]): Fault[] {
  const groups = Map.groupBy(doors, ({ address, protocol }) => `${address} ${protocol}`);
  return [...groups.values()].flatMap((members) =>
    members.flatMap((door, i) => {
      const other = members.slice(0, i).find((earlier) => earlier.first <= door.last && door.first <= earlier.last);
      if (!other) return [];
      const range = formatPort(other.port) === formatPort(door.port) ? "" : ` (${formatPort(other.port)})`;
      return [
        { path: door.path, message: `${named(door)} is published to ${other.server ?? "a server"} already${range}` },
      ];
    }),
  );
}

/** A published port catches what was meant for the router itself. */
function onLogin(doors: readonly Door[], login: Login): Fault[] {
  return doors
    .filter(
      (door) =>
        door.protocol === "tcp" && door.address === login.host && door.first <= login.port && login.port <= door.last,
    )
    .map((door) => ({
      path: door.path,
      message: `${named(door)} is where ${login.setting} logs in: the operator would be locked out`,
    }));
}

function named({ address, protocol, port }: Door): string {
  return `${address} ${protocol} ${formatPort(port)}`;
}
