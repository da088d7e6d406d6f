import type { serverMapArgs as schema } from "../kinds/server-map.ts";
import { type ArgsOf, RouterResource, type RouterResourceOptions, typeToken } from "./base.ts";

/** What a `ServerMap` takes. */
export interface ServerMapArgs extends ArgsOf<typeof schema> {}

/**
 * Servers behind external addresses: DNAT in, SNAT of their own traffic, masquerade for the rest of the network,
 * hairpin for clients inside, and accepts in FORWARD if asked for. The external addresses themselves are a `WanLink`'s.
 *
 * ```ts
 * new ServerMap("servers", {
 *   map: "servers",
 *   entries: [{ address: "123.234.1.12", protocol: "tcp", port: 25, server: "172.16.1.130" }],
 *   outgoing: [{ server: "172.16.1.130", device: "eth1", address: "123.234.1.12" }],
 *   masquerade: [{ network: "172.16.1.0/24", device: "eth1" }],
 *   hairpin: [{ network: "172.16.1.0/24", device: "eth0" }],
 * });
 * ```
 */
export class ServerMap extends RouterResource {
  constructor(name: string, args: ServerMapArgs, options?: RouterResourceOptions) {
    super("ServerMap", name, args, options);
  }

  /** Is it a `ServerMap`, also one made by another copy of this package? */
  static override isInstance(value: unknown): value is ServerMap {
    return (value as { __pulumiType?: unknown } | undefined)?.__pulumiType === typeToken("ServerMap");
  }
}
