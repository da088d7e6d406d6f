/** Addresses against each other: inside and outside, the router's, the ISPs', the servers'. */
import { contains, overlap } from "../kernel/ip.ts";
import type { Draft } from "./draft.ts";
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
    ...external.flatMap((one) => outside(one, draft)),
    ...onTwoLinks(external),
    ...managementFaults(draft, external),
  ];
}

function externalAddresses({ links, publish, linkNames }: Draft): External[] {
  const ofLinks = [...links].flatMap(([link, { address, aliases, existing }]) => [
    ...(address === undefined ? [] : [{ path: ["links", link, "address"], address, link }]),
    ...aliases.map((address, i) => ({ path: ["links", link, "aliases", i], address, link })),
    ...existing.map((address, i) => ({ path: ["links", link, "existing", i], address, link })),
  ]);
  const published = publish
    .filter(({ publish }) => linkNames.includes(publish.link))
    .map(({ path, publish }) => ({ path: [...path, "address"], address: publish.address, link: publish.link }));
  return [...ofLinks, ...published];
}

function lanFaults({ lans }: Draft): Fault[] {
  const faults: Fault[] = [];
  lans.forEach(({ path, lan }, i) => {
    if (lan.address !== undefined && !lan.networks.some((network) => contains(network, lan.address!)))
      faults.push({ path: [...path, "address"], message: `${lan.address} is not in ${lan.networks.join(", ")}` });
    const earlier = lans.slice(0, i);
    const same = earlier.find((other) => other.lan.device === lan.device);
    if (same)
      faults.push({
        path: [...path, "device"],
        message: `${lan.device} is listed already: put all its networks there`,
      });
    lan.networks.forEach((network, j) => {
      const known = [...earlier.flatMap((other) => other.lan.networks), ...lan.networks.slice(0, j)];
      const clash = known.find((other) => overlap(other, network));
      if (clash) faults.push({ path: [...path, "networks", j], message: `${network} overlaps ${clash}` });
    });
  });
  return faults;
}

function serverFaults({ servers, lans, lansComplete }: Draft): Fault[] {
  const owners = new Map<string, string>();
  const networks = lans.flatMap(({ lan }) => lan.networks);
  return [...servers].flatMap(([name, { address }]): Fault[] => {
    const fault = (message: string) => [{ path: ["servers", name], message }];
    const owner = owners.get(address);
    owners.set(address, owner ?? name);
    if (owner !== undefined) return fault(`${address} is the address of ${owner} already`);
    if (lans.some(({ lan }) => lan.address === address))
      return fault(`${address} is the router's own address on the LAN`);
    if (lansComplete && !networks.some((network) => contains(network, address)))
      return fault(`${address} is outside the LAN (${networks.join(", ")})`);
    return [];
  });
}

function outside({ path, address }: External, { lans, links }: Draft): Fault[] {
  const fault = (message: string) => [{ path, message }];
  const inside = lans.flatMap(({ lan }) => lan.networks).find((network) => contains(network, address));
  const gateway = [...links].find(([, link]) => link.gateway === address);
  if (lans.some(({ lan }) => lan.address === address))
    return fault(`${address} is the router's address on the LAN, not one of the ISP's`);
  if (inside) return fault(`${address} is inside the LAN ${inside}: it must be one of the ISP's`);
  if (gateway) return fault(`${address} is the gateway of ${gateway[0]}`);
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
            message: `${one.address} is an address of ${first.link} already: it cannot be on both links`,
          },
        ];
  });
}

function managementFaults({ management, lans }: Draft, external: readonly External[]): Fault[] {
  const own = new Set([...external.map(({ address }) => address), ...lans.flatMap(({ lan }) => lan.address ?? [])]);
  return management
    .filter(({ network }) => network.endsWith("/32") && own.has(network.slice(0, -3)))
    .map(({ path, network }) => ({
      path,
      message: `${network} is the router's own address: management is where the operator comes from`,
    }));
}
