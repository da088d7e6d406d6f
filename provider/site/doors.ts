/** A published entry, port by port. */
import { portRange } from "../kinds/server-map.ts";
import type { Port, Publish } from "./schema.ts";

export interface WrittenDoor {
  readonly publish: Publish;
  readonly protocol: "tcp" | "udp";
  /** Path inside the entry: `tcp[1]`. */
  readonly path: readonly (string | number)[];
  readonly port: Port;
}

export function doorsOf(publish: Publish): WrittenDoor[] {
  return (["tcp", "udp"] as const).flatMap((protocol) =>
    publish[protocol].map((port, i) => ({ publish, protocol, path: [protocol, i], port })),
  );
}

/** The port or range that clients connect to: `25`, `5000-5010`. */
export function outerPort(port: Port): number | string {
  return typeof port === "object" ? port.port : port;
}

export function rangeOf(port: Port): { first: number; last: number } {
  const [first, last] = portRange(outerPort(port));
  return { first, last };
}

export function formatPort(port: Port): string {
  const { first, last } = rangeOf(port);
  return first === last ? `${first}` : `${first}-${last}`;
}
