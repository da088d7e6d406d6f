/** The server map of a site: doors in, and the addresses that go out. */
import type { z } from "zod";
import type { serverMapArgs } from "../kinds/server-map.ts";
import { doorsOf, outerPort } from "./doors.ts";
import { lansOf, type NumberedLink } from "./links.ts";
import type { Site } from "./schema.ts";

type ServerMapArgs = z.input<typeof serverMapArgs>;

export function serverMapOf(site: Site, map: string, links: readonly NumberedLink[]): ServerMapArgs {
  const networks = lansOf(site).flatMap(({ networks, device, masquerade = site.masquerade }) =>
    networks.map((network) => ({ network, device, masquerade })),
  );
  return {
    map,
    entries: entriesOf(site),
    outgoing: links.flatMap((link) => outgoingOf(site, link)),
    masquerade: links.flatMap(({ link: { device, address } }) =>
      networks
        .filter(({ masquerade }) => masquerade)
        .map(({ network }) => ({ network, device, ...(address === undefined ? {} : { address }) })),
    ),
    hairpin: site.hairpin ? networks.map(({ network, device }) => ({ network, device })) : [],
    forward: site.forward,
  };
}

function entriesOf(site: Site): ServerMapArgs["entries"] {
  return site.publish.flatMap((publish) =>
    doorsOf(publish).map(({ protocol, port }) => ({
      address: publish.address,
      protocol,
      port: outerPort(port),
      server: site.servers[publish.server]!.address,
      ...(typeof port === "object" ? { serverPort: port.to } : {}),
    })),
  );
}

/** A server is the same to the outside in both directions: the first address it is published by on a link is its own there. */
function outgoingOf(site: Site, { name, link }: NumberedLink): NonNullable<ServerMapArgs["outgoing"]> {
  const first = new Map<string, string>();
  for (const { link: via, server, address } of site.publish)
    if (via === name && !first.has(server)) first.set(server, address);
  return [...first].map(([server, address]) => ({
    server: site.servers[server]!.address,
    device: link.device,
    address,
  }));
}
