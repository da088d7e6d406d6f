/**
 * Tables of nft's own, as `nft list table` prints them: which rules in them may stop a packet or change what decides about its way,
 * and which packets those rules select, as far as literal values tell. What they do with such a packet is not modelled.
 */

export type NativeHook = "ingress" | "prerouting" | "input" | "forward" | "output" | "postrouting";

/** A rule, or the policy of a base chain, that may stop or change packets. */
export interface Threat {
  /** `inet filter` */
  readonly table: string;
  /** The base chain that leads to it. */
  readonly chain: string;
  readonly hook: NativeHook;
  /** The rule, or `policy drop`. */
  readonly text: string;
  /** What a packet needs for it; what is left out asks for nothing. */
  readonly selects: Selects;
}

export interface Selects {
  /** Names of devices, with a `*` at the end for any that begins so. */
  readonly in?: readonly string[];
  readonly out?: readonly string[];
  /** Addresses and networks. */
  readonly from?: readonly string[];
  readonly to?: readonly string[];
  readonly protocol?: readonly string[];
  readonly ports?: readonly string[];
}

interface Chain {
  readonly hook?: NativeHook;
  /** Of a base chain of family netdev. */
  readonly device?: string;
  readonly policy?: string;
  readonly rules: string[];
}

/** @param text tables, one after the other; those of iptables-nft among them where foreign base chains stand there */
export function nativeThreats(text: string): readonly Threat[] {
  return tablesIn(text).flatMap(({ table, dormant, chains }) =>
    dormant ? [] : [...chains].flatMap(([name, chain]) => threatsOf(table, name, chain, chains)),
  );
}

/** The base chains of iptables-nft itself: what is in them iptables-save shows. */
const OF_IPTABLES = /^ip (raw|mangle|nat|filter|security) (PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING)$/;

function threatsOf(table: string, name: string, base: Chain, chains: ReadonlyMap<string, Chain>): Threat[] {
  const { hook, device, policy } = base;
  if (hook === undefined || OF_IPTABLES.test(`${table} ${name}`)) return [];
  const on: Selects = device === undefined ? {} : { in: [device] };
  const found = reached(base, on, chains, new Set()).map(({ text, selects }) => ({ text, selects }));
  if (policy === "drop") found.push({ text: "policy drop", selects: on });
  return found.map((one) => ({ table, chain: name, hook, ...one }));
}

function reached(
  { rules }: Chain,
  on: Selects,
  chains: ReadonlyMap<string, Chain>,
  above: ReadonlySet<Chain>,
): { readonly text: string; readonly selects: Selects }[] {
  return rules.flatMap((text) => {
    const plain = text.replaceAll(/(comment|prefix|level|group) "[^"]*"/g, "");
    if (OTHER_FAMILY.test(plain)) return [];
    const selects = { ...on, ...selectsOf(plain) };
    const jumps = [...plain.matchAll(/\b(?:jump|goto) ([\w./\\]+)/g)].flatMap(([, name]) => chains.get(name!) ?? []);
    return [
      ...(threatens(plain) ? [{ text, selects }] : []),
      ...jumps
        .filter((chain) => !above.has(chain))
        .flatMap((chain) => reached(chain, selects, chains, new Set([...above, chain]))),
    ];
  });
}

/** A match of a header of IPv6 asks for such a packet. */
const OTHER_FAMILY = /\bnfproto ipv6\b|\bmeta protocol ip6\b|(?:^| )(?:ip6|icmpv6|arp) \w/;
const STOPS = /\b(drop|reject|queue|synproxy)\b/;
const CHANGES =
  /\b(dnat|snat|masquerade|redirect|tproxy|dup|fwd|notrack)\b|\bflow (add|offload)\b|\b(meta|ct) (mark|zone) set\b|\b(ip|tcp|udp|th) (saddr|daddr|sport|dport|protocol) set\b/;

function threatens(rule: string): boolean {
  if (CHANGES.test(rule)) return true;
  if (/\bvmap @/.test(rule)) return true;
  // No connection that anything is claimed of is invalid.
  const verdicts = rule.replaceAll(/\binvalid : drop\b/g, "");
  return STOPS.test(verdicts) && !/^ct state invalid /.test(rule);
}

/** Literal values alone: a set, a map or a negation narrows nothing here. */
function selectsOf(rule: string): Selects {
  const values = (words: RegExp): string[] | undefined => {
    const [, set, single] =
      new RegExp(`(?:^| )(?<!original |reply )${words.source} (?:\\{ ([^}]*) \\}|("[^"]*"|[\\w./*-]+))`).exec(rule) ??
      [];
    const list = single !== undefined ? [single] : set?.split(", ");
    return list?.some((value) => value.startsWith("@") || /^(vmap|set)$/.test(value))
      ? undefined
      : list?.map((value) => value.replaceAll('"', ""));
  };
  const protocol = values(/(?:meta l4proto|ip protocol)/) ?? /(?:^| )(tcp|udp|icmp) \w+ /.exec(rule)?.slice(1, 2);
  const found = {
    in: values(/iif(?:name)?/),
    out: values(/oif(?:name)?/),
    from: values(/ip saddr/),
    to: values(/ip daddr/),
    protocol,
    ports: values(/(?:tcp|udp|th) dport/),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

interface Table {
  readonly table: string;
  dormant: boolean;
  readonly chains: Map<string, Chain>;
}

function tablesIn(text: string): readonly Table[] {
  const tables: Table[] = [];
  let chain: { -readonly [K in keyof Chain]: Chain[K] } | undefined;
  let depth = 0;
  for (const line of text.split("\n").map((one) => one.trim())) {
    const table = /^table (\w+ \S+) \{/.exec(line)?.[1];
    const name = /^chain (\S+) \{/.exec(line)?.[1];
    if (table !== undefined) {
      tables.push({ table, dormant: false, chains: new Map() });
      depth = 1;
      chain = undefined;
    } else if (depth === 1 && line === "flags dormant") tables.at(-1)!.dormant = true;
    else if (depth === 1 && name !== undefined) {
      chain = { rules: [] };
      tables.at(-1)?.chains.set(name, chain);
      depth = 2;
    } else if (line === "}") {
      depth--;
      chain = undefined;
    } else if (/\{$/.test(line)) depth++;
    else if (chain && line !== "") readChainLine(chain, line);
  }
  return tables;
}

function readChainLine(chain: { -readonly [K in keyof Chain]: Chain[K] }, line: string): void {
  const [, hook, rest = ""] = /^type \w+ hook (\w+) (.*)$/.exec(line) ?? [];
  if (hook === undefined) return void chain.rules.push(line);
  chain.hook = hook as NativeHook;
  const policy = /\bpolicy (\w+);/.exec(rest)?.[1];
  const device = /^device "([^"]*)"/.exec(rest)?.[1];
  if (policy !== undefined) chain.policy = policy;
  if (device !== undefined) chain.device = device;
}
