/** What has to hold on a router: its links, its doors, and who is inside. */
import { fromNumber, parseNetwork } from "../kernel/ip.ts";
import { doorsOf, rangeOf } from "../site/doors.ts";
import { lansOf, numberedLinks } from "../site/links.ts";
import type { Site } from "../site/schema.ts";
import { numberOf } from "./address-number.ts";

export interface ProofLink {
  readonly name: string;
  readonly device: string;
  readonly gateway: string;
  /** External addresses of the router on it, the published ones included. */
  readonly addresses: readonly string[];
}

export interface ProofDoor {
  readonly link: string;
  readonly address: string;
  readonly protocol: "tcp" | "udp";
  readonly port: number;
  readonly server: string;
  readonly serverPort: number;
  /** The server's name, for people. */
  readonly name: string;
}

/** Somebody inside who opens connections. */
export interface ProofHost {
  readonly name: string;
  readonly address: string;
  readonly device: string;
  /** The link that his own connections are switched to, whichever way the default points. */
  readonly via?: string;
}

export interface Obligations {
  readonly links: readonly ProofLink[];
  readonly doors: readonly ProofDoor[];
  readonly hosts: readonly ProofHost[];
  /** Do connections from inside leave with an address of the link? */
  readonly translated: boolean;
  /** Do doors work from inside? */
  readonly hairpin: boolean;
}

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
  const taken = servers.map(([, { address }]) => address);
  const hosts = [
    ...servers.flatMap(([name, { address, via }]): ProofHost[] => {
      const device = deviceOf(site, address);
      return device === undefined ? [] : [{ name, address, device, ...(via !== undefined && { via }) }];
    }),
    ...lansOf(site).flatMap(({ device, networks, address }) =>
      networks.map((network): ProofHost => {
        const free = freeHost(network, [...taken, ...(address === undefined ? [] : [address])]);
        return { name: `a host of ${network}`, address: free, device };
      }),
    ),
  ];
  return { links, doors, hosts, translated: site.masquerade, hairpin: site.hairpin };
}

function deviceOf(site: Site, address: string): string | undefined {
  return lansOf(site).find(({ networks }) => networks.some((network) => inside(network, address)))?.device;
}

export function inside(network: string, address: string): boolean {
  const { address: base, prefix } = parseNetwork(network)!;
  const bits = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
  return (numberOf(base) & bits) >>> 0 === (numberOf(address) & bits) >>> 0;
}

/** An address of a network that nobody has: from the upper end, where people put clients. */
export function freeHost(network: string, taken: readonly string[]): string {
  const { address, prefix } = parseNetwork(network)!;
  const size = 2 ** (32 - prefix);
  const base = numberOf(address);
  for (let at = Math.max(size - 2, 0); at > 0; at--) {
    const candidate = fromNumber(base + at);
    if (!taken.includes(candidate)) return candidate;
  }
  return address;
}
