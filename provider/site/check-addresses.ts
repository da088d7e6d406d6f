/** Addresses against each other: inside and outside, the router's, the ISPs', the servers'. */
import { contains, overlap } from "../model/ip.ts";
import { type Draft, present } from "./draft.ts";
import type { Fault, Path } from "./faults.ts";

interface External {
  readonly path: Path;
  readonly address: string;
  readonly link: string;
}

export function checkAddresses(draft: Draft): Fault[] {
  const external = externalAddresses(draft);
  return [
    ...lanFaults(draft),
    ...serverFaults(draft),
    ...external.flatMap((one) => notOutside(one, draft)),
    ...onTwoLinks(external),
    ...managementFaults(draft, external),
  ];
}

/** Every address that a site puts on a link, or says to be there, where it says so. */
function externalAddresses({ links, publish }: Draft): External[] {
  const ofLinks = [...links].flatMap(([link, { address, aliases, existing }]) => [
    ...(address === undefined ? [] : [{ path: ["links", link, "address"], address, link }]),
    ...present(aliases).map(({ item, index }) => ({ path: ["links", link, "aliases", index], address: item, link })),
    ...present(existing).map(({ item, index }) => ({ path: ["links", link, "existing", index], address: item, link })),
  ]);
  const published = publish.flatMap(({ path, address, link }) =>
    address === undefined || link === undefined || !links.has(link)
      ? []
      : [{ path: [...path, "address"], address, link }],
  );
  return [...ofLinks, ...published];
}

/** The networks of the LAN; none if any could not be read, since then nothing can be said to be outside of them. */
function lanNetworks({ lans }: Draft): string[] {
  const all = lans.flatMap((lan) => (lan.networks.length === 0 ? [undefined] : lan.networks));
  return all.includes(undefined) ? [] : present(all).map(({ item }) => item);
}

function lanFaults({ lans }: Draft): Fault[] {
  const seen: string[] = [];
  return lans.flatMap(({ path, device, networks, address }, i): Fault[] => {
    const inside = networks.includes(undefined) || present(networks).length === 0 ? [] : present(networks);
    const overlaps = present(networks).flatMap(({ item, index }): Fault[] => {
      const other = seen.find((network) => overlap(network, item));
      seen.push(item);
      return other ? [{ path: [...path, "networks", index], message: `${item} overlaps ${other}` }] : [];
    });
    const again = device !== undefined && lans.slice(0, i).some((earlier) => earlier.device === device);
    const astray = address !== undefined && inside.length > 0 && !inside.some(({ item }) => contains(item, address));
    return [
      ...(again
        ? [{ path: [...path, "device"], message: `${device} is listed already: put all its networks there` }]
        : []),
      ...overlaps,
      ...(astray
        ? [{ path: [...path, "address"], message: `${address} is not in ${inside.map(({ item }) => item).join(", ")}` }]
        : []),
    ];
  });
}

function serverFaults(draft: Draft): Fault[] {
  const owners = new Map<string, string>();
  const networks = lanNetworks(draft);
  return [...draft.servers].flatMap(([name, server]): Fault[] => {
    if (!server) return [];
    const { address } = server;
    const fault = (message: string) => [{ path: ["servers", name], message: `${address} ${message}` }];
    const owner = owners.get(address);
    owners.set(address, owner ?? name);
    if (owner !== undefined) return fault(`is the address of ${owner} already`);
    if (draft.lans.some((lan) => lan.address === address)) return fault("is the router's own address on the LAN");
    if (networks.length > 0 && !networks.some((network) => contains(network, address)))
      return fault(`is outside the LAN (${networks.join(", ")})`);
    return [];
  });
}

function notOutside({ path, address }: External, { lans, links }: Draft): Fault[] {
  const fault = (message: string) => [{ path, message: `${address} ${message}` }];
  const networks = lans.flatMap((lan) => present(lan.networks));
  const inside = networks.find(({ item }) => contains(item, address))?.item;
  const gateway = [...links].find(([, link]) => link.gateway === address)?.[0];
  if (lans.some((lan) => lan.address === address))
    return fault("is the router's address on the LAN; it must be one that an ISP sends here");
  if (inside) return fault(`is inside the LAN ${inside}; it must be one that an ISP sends here`);
  if (gateway) return fault(`is the gateway of ${gateway}`);
  return [];
}

/** An address comes in by one ISP: on the other link it would answer nobody. */
function onTwoLinks(external: readonly External[]): Fault[] {
  const owners = new Map<string, External>();
  return external.flatMap((one) => {
    const first = owners.get(one.address) ?? one;
    owners.set(one.address, first);
    return first.link === one.link
      ? []
      : [
          {
            path: one.path,
            message: `${one.address} is an address of ${first.link} already: only one ISP sends it here`,
          },
        ];
  });
}

function managementFaults({ management, lans }: Draft, external: readonly External[]): Fault[] {
  const own = new Set([...external, ...lans].map(({ address }) => address));
  return present(management)
    .filter(({ item }) => item.endsWith("/32") && own.has(item.slice(0, -3)))
    .map(({ item, index }) => ({
      path: ["management", index],
      message: `${item} is the router's own address: management is where the operator comes from`,
    }));
}
