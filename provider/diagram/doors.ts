/** What is published, one box per link and server: forty doors are then a dozen boxes. */

import { doorsOf, formatPort } from "../site/doors.ts";
import type { NumberedLink } from "../site/links.ts";
import type { Publish, Site } from "../site/schema.ts";
import type { Box, Row } from "./graph.ts";

export function doorBoxes(site: Site, links: readonly NumberedLink[]): Box[] {
  return links.flatMap(({ name: link }) =>
    Object.keys(site.servers).flatMap((server): Box[] => {
      const published = site.publish.filter((one) => one.link === link && one.server === server);
      if (published.length === 0) return [];
      const addresses = [...new Set(published.map(({ address }) => address))];
      const [first, ...more] = addresses;
      const portsAt = (address: string) => portRows(published.filter((one) => one.address === address));
      return [
        {
          ...{ id: `door:${link}:${server}`, kind: "door", title: first!, link },
          rows: [
            ...portsAt(first!),
            ...more.flatMap((address) => [{ text: address }, ...portsAt(address)]),
            { label: "to", text: server },
          ],
        },
      ];
    }),
  );
}

/** `tcp 25, 80, 8080 to 80`: one row a protocol. */
function portRows(published: readonly Publish[]): Row[] {
  return (["tcp", "udp"] as const).flatMap((protocol): Row[] => {
    const ports = published
      .flatMap((publish) => doorsOf(publish))
      .filter((door) => door.protocol === protocol)
      .map(({ port }) => `${formatPort(port)}${typeof port === "object" ? ` to ${port.to}` : ""}`);
    return ports.length === 0 ? [] : [{ label: protocol, text: ports.join(", ") }];
  });
}
