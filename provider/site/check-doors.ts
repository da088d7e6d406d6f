/** Doors: (external address, protocol, port) -> server. */
import type { Surroundings } from "./check.ts";
import { noSuch } from "./check-links.ts";
import { doorsOf, formatPort, portsOverlap, type WrittenDoor } from "./doors.ts";
import type { Draft } from "./draft.ts";
import type { Fault } from "./faults.ts";

export function checkDoors(draft: Draft, login: Surroundings["login"]): Fault[] {
  return [...draft.publish.flatMap(({ path, publish }) => names(draft, path, publish)), ...clashes(draft, login)];
}

function names({ linkNames, serverNames }: Draft, path: Fault["path"], publish: WrittenDoor["publish"]): Fault[] {
  const fault = (key: string, message: string): Fault => ({ path: [...path, key], message });
  return [
    ...(linkNames.includes(publish.link) ? [] : [fault("link", noSuch("link", publish.link, linkNames))]),
    ...(serverNames.includes(publish.server) ? [] : [fault("server", noSuch("server", publish.server, serverNames))]),
    ...(publish.tcp.length + publish.udp.length > 0
      ? []
      : [{ path, message: "publishes nothing: give tcp or udp ports" }]),
  ];
}

/** One door leads to one server. Doors of one address are compared among themselves, so that 2,000 stay quick. */
function clashes({ publish }: Draft, login: Surroundings["login"]): Fault[] {
  const doors = publish.flatMap(({ path, publish }) =>
    doorsOf(publish).map((door) => ({ ...door, path: [...path, ...door.path] })),
  );
  const earlier = new Map<string, typeof doors>();
  return doors.flatMap((door): Fault[] => {
    const key = `${door.publish.address} ${door.protocol}`;
    const known = earlier.get(key) ?? [];
    earlier.set(key, known);
    const clash = known.find((other) => portsOverlap(other.port, door.port));
    known.push(door);
    const what = `${key} ${formatPort(door.port)}`;
    if (clash)
      return [
        {
          path: door.path,
          message: `${what} is published to ${clash.publish.server} already${formatPort(clash.port) === formatPort(door.port) ? "" : ` (${formatPort(clash.port)})`}`,
        },
      ];
    if (login && door.protocol === "tcp" && door.publish.address === login.host && portsOverlap(door.port, login.port))
      return [
        {
          path: door.path,
          message: `${what} is where multiwan:router logs in: the operator would reach ${door.publish.server} and be locked out`,
        },
      ];
    return [];
  });
}
