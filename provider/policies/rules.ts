/** What every site of an organization has to hold: each rule takes the resources of a stack and lists what breaks it. Pure. */
import { linesOf, ofKind, routersOf, type Seen, type Violation } from "./seen.ts";

/** ssh, telnet, SNMP, and the consoles of MikroTik and Webmin. */
export const MANAGEMENT_PORTS: readonly number[] = [22, 23, 161, 8291, 10000];

interface Entry {
  readonly address: string;
  readonly protocol: string;
  readonly port: number | string;
}

/**
 * No published service takes a port by which a router is managed, nor an address by which it is reached.
 * @param ports those of management besides the routers' own SSH ports
 */
export function noPublishedManagement(
  resources: readonly Seen[],
  ports: readonly number[] = MANAGEMENT_PORTS,
): readonly Violation[] {
  const routers = routersOf(resources).map(({ settings }) => settings);
  const kept = [...ports, ...routers.map(({ port }) => port)];
  const addresses = routers.flatMap(({ host, probe }) => [host, ...probe.paths.map((path) => path.split(":")[0]!)]);
  return ofKind(resources, "ServerMap").flatMap(({ urn, props }) =>
    ((props.entries ?? []) as readonly Entry[]).flatMap(({ address, protocol, port }) => {
      const service = `${protocol} ${address}:${port}`;
      const taken = kept.find((one) => isWithin(one, port));
      if (taken !== undefined)
        return { urn, message: `${service} is published, and ${taken} is a port of management: publish another port` };
      if (!addresses.includes(address)) return [];
      return { urn, message: `${service} is published on an address by which the router is managed: take another one` };
    }),
  );
}

/** A port, or a range `5000-5010`. */
function isWithin(port: number, range: number | string): boolean {
  const [first = Number.NaN, last = first] = String(range).split("-").map(Number);
  return first <= port && port <= last;
}

/** The table of each link stops packets whose route is gone, instead of letting them fall through to another ISP. */
export function unreachableFallback(resources: readonly Seen[]): readonly Violation[] {
  return ofKind(resources, "RoutingTable")
    .filter((table) =>
      linesOf(table).length > 0
        ? !linesOf(table).some((line) => line.startsWith("unreachable default "))
        : table.props.guard === false,
    )
    .map(({ urn, props }) => ({
      urn,
      message: `the table ${props.name ?? props.table} has no unreachable default: leave guard as it is (true)`,
    }));
}

/** Each router names further addresses by which an operator must get in after a change. */
export function probePaths(resources: readonly Seen[]): readonly Violation[] {
  return routersOf(resources)
    .filter(({ settings }) => settings.probe.paths.length === 0 && !settings.gone)
    .map(({ urn, settings }) => ({
      urn,
      message: `${settings.host}: probe.paths names no further address by which you must get in after a change`,
    }));
}

/**
 * A mask that is full leaves no bit of the mark to any other program on the router.
 * @param alone routers, by the name in `router`, on which no other program uses marks
 */
export function maskNotFull(resources: readonly Seen[], alone: readonly string[] = []): readonly Violation[] {
  const full = [...ofKind(resources, "ConnmarkChain"), ...ofKind(resources, "FwmarkRule")]
    .filter(isFull)
    .filter(({ props }) => !alone.includes(String(props.router)));
  const first = new Map(full.toReversed().map((one) => [String(one.props.router), one.urn]));
  return [...first].map(([router, urn]) => ({
    urn,
    message: `${router}: the mask is 0xffffffff, so that VPNs, containers and other programs there have no bit of the mark to themselves: give mask the bits that the links need, or list the router under alone`,
  }));
}

/** Where no mask is given the lines tell: iproute2 and iptables leave a full one out, or print it. */
function isFull(resource: Seen): boolean {
  const { mask } = resource.props;
  if (mask !== undefined) return Number(mask) === 0xffffffff;
  return linesOf(resource).some((line) => /fwmark 0x[0-9a-f]+ |mask 0xffffffff\b/.test(line));
}
