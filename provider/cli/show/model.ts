/** What `show` tells, as data: also the shape of its JSON. Pure. */

import { neighbourOf } from "../../coexistence/recognise.ts";
import { formatLine } from "../../dialects/fragment.ts";
import { IPTABLES_TABLES } from "../../dialects/iptables/chain.ts";
import type { ChainCounts, Count } from "../../dialects/iptables/counters.ts";
import { ruleText } from "../../dialects/iptables/packet-rule.ts";
import { type IptablesTable, type Line, LOCAL_TABLE, type RouteLine, type RuleLine } from "../../model/line.ts";
import { formatMark } from "../../model/mark.ts";
import { shortName } from "../../model/owner.ts";
import type { PacketRule } from "../../model/packet-rule.ts";
import { driftOf } from "../../plan/drift.ts";
import { liveOf } from "../../plan/live.ts";
import { holderOf, managedLines, ownersOf } from "../../plan/manifest.ts";
import type { Site } from "../../site/schema.ts";
import { defaultLink, linksOf, type NamedLink } from "../links.ts";
import type { Carrier, Look } from "../look.ts";

/** Per second. */
export interface Rate {
  readonly packets: number;
  readonly bytes: number;
}

export interface ShownLink {
  readonly name: string;
  readonly device: string;
  readonly state: Carrier;
  readonly gateway: string | null;
  /** Has the gateway answered ARP? null: nobody has asked. */
  readonly gatewayAnswers: boolean | null;
  readonly addresses: readonly string[];
  /** `0x1/0xffffffff`. */
  readonly mark: string;
  readonly table: number;
  /** Does what carries no mark leave by it? */
  readonly default: boolean;
  readonly rxBytes: number;
  readonly txBytes: number;
  /** Bytes per second since the look before; only with --watch. */
  readonly rxRate?: number;
  readonly txRate?: number;
}

export interface Shown {
  readonly text: string;
  /** `WanLink site-wan_one`; null for a line of somebody else's. */
  readonly owner: string | null;
  /** Whose it looks like, where it is nobody's of ours and known: `Tailscale`. */
  readonly neighbour?: string;
}

export interface ShownTable {
  readonly id: number;
  readonly name: string | null;
  readonly routes: readonly Shown[];
}

export interface ShownRule extends Shown, Partial<Count> {
  /** As `iptables --line-numbers` counts. */
  readonly number: number;
  readonly rate?: Rate;
}

export interface ShownChain extends Partial<Count> {
  readonly table: string;
  readonly chain: string;
  /** `ACCEPT`, `DROP`; `-` for a chain that somebody made. */
  readonly policy: string;
  readonly owner: string | null;
  readonly rules: readonly ShownRule[];
}

export interface View {
  readonly router: string;
  readonly stack: string;
  readonly kernel: string;
  readonly iptables: string;
  readonly uptime: number;
  readonly links: readonly ShownLink[];
  readonly rules: readonly Shown[];
  readonly tables: readonly ShownTable[];
  readonly chains: readonly ShownChain[];
  /** Lines of ours that are not there as we wrote them: `missing: 1024: ...`. */
  readonly drift: readonly string[];
  /** false where the settings may only look: no counters then. */
  readonly counters: boolean;
}

export function viewOf(look: Look, stack: { name: string; site: Site | undefined }, router: string): View {
  const { snapshot, manifest } = look;
  const { capabilities, tableNames, rules, routes } = snapshot;
  const names = tableNames.names;
  const links = linksOf(stack.site, manifest, names);
  const main = defaultLink(links, routes);
  const shown = (line: Line): Shown => {
    const [owner] = ownersOf(manifest, line);
    const neighbour = owner === undefined ? neighbourOf(line, snapshot) : undefined;
    const text = formatLine(line, names)[0]!;
    return {
      text,
      owner: owner === undefined ? null : shortName(owner),
      ...(neighbour !== undefined && { neighbour }),
    };
  };
  const recorded = managedLines(manifest);
  return {
    router,
    stack: stack.name,
    kernel: capabilities.kernel,
    iptables: `${capabilities.iptables.version} (${capabilities.iptables.variant})`,
    uptime: look.uptime,
    links: links.map((link) => shownLink(link, look, link === main)),
    rules: rules.map((rule: RuleLine) => shown(rule)),
    tables: tablesOf(routes, names, shown),
    chains: chainsOf(look),
    drift: driftOf(liveOf(snapshot), recorded, recorded, () => false, names),
    counters: look.counted !== undefined,
  };
}

function shownLink({ name, device, gateway, mark, mask, table }: NamedLink, look: Look, isDefault: boolean): ShownLink {
  const traffic = look.traffic.get(device);
  return {
    name,
    device,
    state: look.carrier(device),
    gateway: gateway ?? null,
    gatewayAnswers: (gateway === undefined ? undefined : look.answers(gateway, device)) ?? null,
    addresses: look.snapshot.addresses.filter((a) => a.device === device).map((a) => `${a.address}/${a.prefix}`),
    mark: `${formatMark(mark)}/${formatMark(mask)}`,
    table,
    default: isDefault,
    rxBytes: traffic?.rxBytes ?? 0,
    txBytes: traffic?.txBytes ?? 0,
  };
}

/** The local table has one route per address, and says nothing about links. */
function tablesOf(
  routes: readonly RouteLine[],
  names: ReadonlyMap<number, string>,
  shown: (line: Line) => Shown,
): ShownTable[] {
  const byTable = Map.groupBy(routes, (route) => route.table);
  return [...byTable]
    .filter(([id]) => id !== LOCAL_TABLE)
    .sort(([a], [b]) => a - b)
    .map(([id, own]) => ({ id, name: names.get(id) ?? null, routes: own.map(shown) }));
}

function chainsOf(look: Look): ShownChain[] {
  const iptables = look.counted?.iptables ?? look.snapshot.iptables;
  return IPTABLES_TABLES.flatMap((table) =>
    [...(iptables[table]?.chains ?? [])].map(([chain, { policy, rules }]) =>
      policy === "-" ? userChain(look, table, chain, rules) : baseChain(look, table, chain, policy, rules),
    ),
  );
}

const countsOf = ({ counted }: Look, table: IptablesTable, chain: string): ChainCounts | undefined =>
  counted?.counts.get(table)?.get(chain);

/** One that somebody made: it has an owner as a whole. */
function userChain(look: Look, table: IptablesTable, chain: string, rules: readonly PacketRule[]): ShownChain {
  const whole: Line = { kind: "chain", table, chain, rules };
  const owner = holderName(look, whole) ?? null;
  const counts = countsOf(look, table, chain);
  return {
    ...{ table, chain, policy: "-", owner },
    rules: rules.map((rule, i) =>
      shownRule(look, { number: i + 1, text: ruleText(rule), owner }, whole, counts?.rules[i]),
    ),
  };
}

/** A built-in one, whose rules have an owner each. */
function baseChain(
  look: Look,
  table: IptablesTable,
  chain: string,
  policy: string,
  rules: readonly PacketRule[],
): ShownChain {
  const counts = countsOf(look, table, chain);
  return {
    ...{ table, chain, policy, owner: null, ...counts?.policy },
    rules: rules.map((rule, i) => {
      const line: Line = { kind: "hook", table, chain, rule };
      const [owner] = ownersOf(look.manifest, line);
      const shown = { number: i + 1, text: ruleText(rule), owner: owner === undefined ? null : shortName(owner) };
      return shownRule(look, shown, line, counts?.rules[i]);
    }),
  };
}

function shownRule({ snapshot }: Look, rule: ShownRule, line: Line, count: Count | undefined): ShownRule {
  const neighbour = rule.owner === null ? neighbourOf(line, snapshot) : undefined;
  return { ...rule, ...(neighbour !== undefined && { neighbour }), ...count };
}

/** Of the resource that has a chain of this name, whatever was typed into it. */
function holderName({ manifest }: Look, line: Line): string | undefined {
  const entry = holderOf(manifest, line);
  const found = entry && [...manifest].find(([, one]) => one === entry);
  return found && shortName(found[0]);
}
