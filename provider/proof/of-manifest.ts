/** What a router's own list of our lines says it is there for: links, doors, and who is inside. */

import { wordsOf } from "../dialects/iproute2/rule.ts";
import { dnatDoors } from "../model/dnat.ts";
import { isAddress } from "../model/ip.ts";
import { type ChainLine, type Line, MAIN_TABLE, type RouteLine, type RuleLine } from "../model/line.ts";
import type { PacketRule } from "../model/packet-rule.ts";
import { inDevicesOf } from "../model/rule-facts.ts";
import { managedLinks, tableTitle } from "../plan/managed-links.ts";
import { type Manifest, managedLines } from "../plan/manifest.ts";
import type { Machine } from "../walk/machine.ts";
import type { Obligations, ProofDoor, ProofLink } from "./obligations.ts";

/**
 * Only what is complete: a link has its table with a default, its fwmark rule and its marks; a door stands on an address of such a
 * link. A run makes a site in several changes, and what is half made claims nothing.
 */
export function obligationsOfManifest(manifest: Manifest, machine: Pick<Machine, "names" | "addresses">): Obligations {
  const lines = managedLines(manifest);
  const links = linksIn(lines, machine);
  const doors = dnatDoors(lines).flatMap(({ address, protocol, first, server, serverPort = first }): ProofDoor[] => {
    const link = links.find(({ addresses }) => addresses.includes(address));
    return link ? [{ link: link.name, address, protocol, port: first, server, serverPort, name: server }] : [];
  });
  const inside = new Map(
    routesIn(lines)
      .filter((route) => route.table !== MAIN_TABLE && route.destination !== "default")
      .filter((route) => links.every((link) => link.device !== route.device))
      .map((route) => [route.destination, route.device!]),
  );
  const hosts = [...inside].map(([network, device]) => ({ network, device }));
  const own = machine.addresses.map(({ address }) => address);
  const switched = lines.flatMap((line) => {
    const link = line.kind === "rule" && links.find(({ name }) => nameOf(line.table, machine) === name);
    return link && isAddress(line.from) && !own.includes(line.from) ? [{ address: line.from, via: link.name }] : [];
  });
  return {
    ...{ links, doors, hosts, switched, hairpin: false, managedChains: managedChains(manifest) },
    ...(links.every(({ device }) => leadsInside(lines, device)) && { networks: "visits" }),
  };
}

/**
 * Where every packet that comes in by a link is marked, a rule before the marks' leads it inside. Between the two changes that bring the
 * one and the other, in whichever order, nothing is claimed of what is not declared.
 */
function leadsInside(lines: readonly Line[], device: string): boolean {
  const marked = lines.some((line) => line.kind === "chain" && line.rules.some((rule) => marksAllOf(rule, device)));
  const inbound = lines.some(
    (line) => line.kind === "rule" && line.table === MAIN_TABLE && wordsOf(line).get("iif") === device,
  );
  return !marked || inbound;
}

function marksAllOf({ matches: [test, ...more], target }: PacketRule, device: string): boolean {
  const isOf = test?.kind === "inDevice" && !test.negated && test.device.name === device;
  return isOf && more.length === 0 && target?.kind === "setMark";
}

const nameOf = (table: number | undefined, { names }: Pick<Machine, "names">) =>
  table === undefined ? undefined : tableTitle(table, names);

/** `nat mw-servers` */
export function managedChains(manifest: Manifest): ReadonlySet<string> {
  return new Set(
    managedLines(manifest).flatMap((line) => (line.kind === "chain" ? [`${line.table} ${line.chain}`] : [])),
  );
}

const routesIn = (lines: readonly Line[]) =>
  lines.filter((line): line is RouteLine => line.kind === "route" && line.type === "unicast");

function linksIn(
  lines: readonly Line[],
  { names, addresses: there }: Pick<Machine, "names" | "addresses">,
): ProofLink[] {
  const rules = lines.filter((line): line is RuleLine => line.kind === "rule");
  const marking = new Set(
    lines
      .filter((line): line is ChainLine => line.kind === "chain" && line.table === "mangle")
      .flatMap(({ rules }) => rules)
      .flatMap(inDevicesOf),
  );
  return managedLinks(lines, names)
    .filter(({ table, marks }) => table !== MAIN_TABLE && marks.some(({ mask }) => mask !== 0))
    .flatMap(({ name, table, device, gateway }): ProofLink[] => {
      if (gateway === undefined || !marking.has(device)) return [];
      const own = rules.filter((rule) => rule.table === table && rule.mark === undefined && rule.from !== "all");
      const addresses = own
        .map(({ from }) => from)
        .filter((from) => onDevice([...lines.filter(isAddressLine), ...there], from, device));
      return [{ name, device, gateway, addresses }];
    });
}

const isAddressLine = (line: Line) => line.kind === "address";

/** A server with `via` has such a rule too, and is no address of the router's; one that the device has anyway is. */
function onDevice(all: Machine["addresses"], address: string, device: string): boolean {
  return all.some((one) => one.address === address && one.device === device);
}
