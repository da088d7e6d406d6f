/** Lines that would keep the operator out, told from where the session comes in. Pure. */
import type { Issue, Operator, WayIn } from "./kind.ts";

interface Door {
  readonly address: string;
  readonly protocol: "tcp" | "udp";
  readonly port: number | string;
  readonly first: number;
  readonly last: number;
}

/** Entries, by their index, that catch what was meant for the router's own SSH server. */
export function capturedWays(doors: readonly Door[], operator: Operator | undefined): Issue[] {
  const ways = Map.groupBy(operator?.ways ?? [], (way) => way.address);
  return doors.flatMap((door, i) => {
    const way = door.protocol === "tcp" && ways.get(door.address)?.find((one) => within(one, door));
    if (!way) return [];
    return [{ path: ["entries", i], message: `${door.address} tcp ${door.port} is where ${lockedOut(way)}` }];
  });
}

const within = ({ port }: WayIn, { first, last }: Door) => first <= port && port <= last;

const lockedOut = ({ who }: WayIn) => `${who} logs in: the operator would be locked out`;

/** Addresses, by their index, that the operator comes from: the router would take the operator's packets for its own. */
export function takenFromOperator(addresses: readonly string[], operator: Operator | undefined): Issue[] {
  return addresses.flatMap((address, i) =>
    address === operator?.client
      ? [
          {
            path: ["addresses", i],
            message: `${address} is the address that this session comes from: on the router it would lock the operator out`,
          },
        ]
      : [],
  );
}
