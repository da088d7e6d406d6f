/**
 * Foreign lines that would go for a resource's sake, adopted or replaced: each has to be one that can come back as it was and
 * where it was. Pure.
 */
import { formatLine } from "../dialects/fragment.ts";
import { whyNotReplayed } from "../dialects/iproute2/replay.ts";
import { ruleEntries } from "../dialects/iproute2/rule.ts";
import { lineKey } from "../dialects/line-key.ts";
import type { Issue } from "../kinds/kind.ts";
import { overlap } from "../model/ip.ts";
import {
  type AddressLine,
  type Fragment,
  type Line,
  MAIN_TABLE,
  type RouteLine,
  type RuleLine,
} from "../model/line.ts";
import { escaped } from "../model/printable.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Live } from "./live.ts";

export interface Taking {
  readonly desired: Fragment;
  readonly adopt: Fragment;
  /** Is it a line that belongs to the resource whoever wrote it? */
  readonly territory?: ((line: Line) => boolean) | undefined;
}

export function untakable(
  { desired, adopt, territory }: Taking,
  live: Live,
  { capabilities, tableNames }: Pick<Snapshot, "capabilities" | "tableNames">,
  isForeign: (line: Line) => boolean,
): Issue[] {
  const wanted = new Set(desired.map(lineKey));
  const leaving = new Set(adopt.map(lineKey));
  const isTaken = (line: Line) => isForeign(line) && !wanted.has(lineKey(line));
  const adopted = adopt.flatMap((line) => live.inSlot(line).filter((there) => lineKey(there) === lineKey(line)));
  const replaced = desired.flatMap((line) => live.inSlot(line));
  const stray = territory ? live.lines.filter(territory) : [];
  const issue = (line: Line, path: Issue["path"]): Issue[] => {
    const why =
      whyNotReplayed(line, capabilities.ip.variant) ??
      whyNotHere(line, live.lines.filter((other) => other.kind === line.kind) as Line[], (l) =>
        leaving.has(lineKey(l)),
      );
    if (why === undefined) return [];
    const text = escaped(formatLine(line, tableNames.names)[0]!);
    return [
      {
        path,
        message: `the router's "${text}" cannot be replaced, for it would not come back as it was: ${why}; change or remove it by hand`,
      },
    ];
  };
  const replacing = new Set([...replaced, ...stray].filter(isTaken));
  return [
    ...[...new Set(adopted)].filter(isTaken).flatMap((line) => issue(line, ["replace"])),
    ...[...replacing].flatMap((line) => issue(line, [])),
    ...desired.flatMap((line) => shadowed(line, live)),
  ];
}

/** Of two routes in one place the kernel uses the first. */
function shadowed(line: Line, live: Live): Issue[] {
  if (line.kind !== "route") return [];
  const there = live.inSlot(line);
  if (there.findIndex((other) => lineKey(other) === lineKey(line)) <= 0) return [];
  const message = `the router has "${formatLine(line)[0]}", but behind "${formatLine(there[0]!)[0]}", which it uses instead; remove one of them by hand`;
  return [{ path: [], message }];
}

function whyNotHere(line: Line, others: readonly Line[], leaves: (line: Line) => boolean): string | undefined {
  if (line.kind === "rule") return ruleOutOfPlace(line, others as readonly RuleLine[], leaves);
  if (line.kind === "address") return addressOutOfPlace(line, others as readonly AddressLine[], leaves);
  return line.kind === "route" ? unreachable(line, others as readonly RouteLine[]) : undefined;
}

const say = (line: Line) => `"${escaped(formatLine(line)[0]!)}"`;

function ruleOutOfPlace(
  rule: RuleLine,
  rules: readonly RuleLine[],
  leaves: (line: Line) => boolean,
): string | undefined {
  const peers = rules.filter((other) => other.priority === rule.priority);
  const at = peers.indexOf(rule);
  if (peers.some((other) => other !== rule && lineKey(other) === lineKey(rule)))
    return "the router has it twice, and ip rule add would make one of it";
  // What a delete command does not name the kernel does not compare: it takes the first rule that has the rest.
  const first = peers.slice(0, at).find((other) => hasAll(other, rule));
  if (first) return `ip rule del would take ${say(first)}, which stands before it`;
  const behind = peers.slice(at + 1).find((other) => !leaves(other));
  return behind && `${say(behind)} of the same priority, now behind it, would stand before it`;
}

/** Does the rule have everything that deleting `wanted` would name and the kernel compares? */
function hasAll(rule: RuleLine, wanted: RuleLine): boolean {
  const words = new Map(ruleEntries(rule.rest ?? "").map(([word, value]) => [word, value]));
  return (
    rule.table === wanted.table &&
    (wanted.from === "all" || rule.from === wanted.from) &&
    (wanted.to === undefined || rule.to === wanted.to) &&
    (wanted.mark === undefined || (rule.mark === wanted.mark && rule.mask === wanted.mask)) &&
    ruleEntries(wanted.rest ?? "").every(([word = "", value]) =>
      /^(not|goto|suppress_\w+|proto)$/.test(word) ? word !== "goto" || words.has("goto") : words.get(word) === value,
    )
  );
}

function addressOutOfPlace(
  address: AddressLine,
  addresses: readonly AddressLine[],
  leaves: (line: Line) => boolean,
): string | undefined {
  const later = addresses
    .slice(addresses.indexOf(address) + 1)
    .filter((other) => other.device === address.device && other.scope === address.scope && !leaves(other));
  const network = ({ address, prefix }: AddressLine) => `${address}/${prefix}`;
  const secondary = later.find((other) => other.prefix === address.prefix && overlap(network(other), network(address)));
  if (secondary) return `the kernel takes ${say(secondary)}, which is secondary to it, away with it`;
  return later[0] && `${say(later[0])}, now behind it on that device, would stand before it`;
}

/** The kernel takes a route only while it has a way to the gateway. */
function unreachable(route: RouteLine, routes: readonly RouteLine[]): string | undefined {
  if (route.onlink || route.type !== "unicast") return undefined;
  const next = [...(route.rest ?? "").matchAll(/\bvia (\d\S+) dev \S+ weight \d+( onlink)?/g)];
  const gateways = [route.gateway, ...next.filter(([, , onlink]) => !onlink).map(([, via]) => via)];
  const direct = routes.filter((r) => r !== route && r.type === "unicast" && r.table === MAIN_TABLE && !r.gateway);
  const isNear = (gateway: string) =>
    direct.some(
      (r) => r.destination === "default" || (!r.rest?.includes("nexthop") && overlap(r.destination, gateway)),
    );
  const lost = gateways.find((gateway) => gateway !== undefined && !isNear(gateway));
  return lost && `the router has no way to its gateway ${lost} any more, so the kernel would refuse it`;
}
