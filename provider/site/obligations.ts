/** What a site is there for, in the words of the proof. */
import { contains } from "../model/ip.ts";
import type { Obligations, ProofDoor, ProofHost, ProofLink } from "../proof/obligations.ts";
import { doorsOf, rangeOf } from "./doors.ts";
import { lansOf, numberedLinks } from "./links.ts";
import type { Lan, Site } from "./schema.ts";

export function obligationsOf(site: Site): Obligations {
  const links = numberedLinks(site).map(({ name, link }): ProofLink => {
    const published = site.publish.filter((p) => p.link === name).map((p) => p.address);
    const own = [link.address ?? [], link.aliases, link.existing, published].flat();
    return { name, device: link.device, gateway: link.gateway, addresses: [...new Set(own)] };
  });
  const doors = site.publish.flatMap((publish) =>
    doorsOf(publish).flatMap(({ protocol, port }): ProofDoor[] => {
      const { first, last } = rangeOf(port);
      const server = site.servers[publish.server]!.address;
      const door = { link: publish.link, address: publish.address, protocol, server, name: publish.server };
      return [...new Set([first, last])].map((outer) => ({
        ...{ ...door, port: outer, serverPort: typeof port === "object" ? port.to : outer },
      }));
    }),
  );
  const servers = Object.entries(site.servers);
  const hosts = [
    ...servers.flatMap(([name, { address, via }]): ProofHost[] => {
      const lan = lanOf(site, address);
      return lan ? [{ name, address, ...placeOf(site, lan), ...(via !== undefined && { via }) }] : [];
    }),
    ...lansOf(site).flatMap((lan) => lan.networks.map((network): ProofHost => ({ network, ...placeOf(site, lan) }))),
  ];
  const main = site.default === undefined ? {} : { default: site.default };
  const switched = servers.flatMap(([, { address, via }]) => (via === undefined ? [] : [{ address, via }]));
  const { management } = site;
  return { links, doors, hosts, management, switched, ...main, hairpin: site.hairpin };
}

const placeOf = (site: Site, { device, masquerade = site.masquerade }: Lan) => ({ device, translated: masquerade });

function lanOf(site: Site, address: string): Lan | undefined {
  return lansOf(site).find(({ networks }) => networks.some((network) => contains(network, address)));
}
