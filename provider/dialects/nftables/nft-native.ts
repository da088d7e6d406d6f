/**
 * Tables of nft's own, as `nft list table` prints them: which rules in them may stop a packet or change what decides about its way,
 * and which packets those rules select, as far as literal values tell. What they do with such a packet is not modelled.
 */
import type { Selects, Threat } from "../../model/threat.ts";
import { type NftChain, nftTables } from "./nft-tables.ts";

/** @param text tables, one after the other; those of iptables-nft among them where foreign base chains stand there */
export function nativeThreats(text: string): readonly Threat[] {
  return nftTables(text).flatMap(({ table, dormant, chains }) =>
    dormant ? [] : [...chains].flatMap(([name, chain]) => threatsOf(table, name, chain, chains)),
  );
}

/** The base chains of iptables-nft itself: what is in them iptables-save shows. */
const OF_IPTABLES = /^ip (raw|mangle|nat|filter|security) (PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING)$/;

function threatsOf(table: string, name: string, base: NftChain, chains: ReadonlyMap<string, NftChain>): Threat[] {
  const { hook, device, policy } = base;
  if (hook === undefined || OF_IPTABLES.test(`${table} ${name}`)) return [];
  const isLeaving = hook === "egress";
  const on: Selects = device === undefined ? {} : isLeaving ? { out: [device] } : { in: [device] };
  const found = reached(base, on, chains, new Set());
  if (policy === "drop") found.push({ text: "policy drop", selects: on });
  return found.map((one) => ({ table, chain: name, hook: isLeaving ? "postrouting" : hook, ...one }));
}

function reached(
  { rules }: NftChain,
  on: Selects,
  chains: ReadonlyMap<string, NftChain>,
  above: ReadonlySet<NftChain>,
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
  /\b(dnat|snat|masquerade|redirect|tproxy|dup|fwd|notrack)\b|\bflow (add|offload)\b|\b(meta|ct|ct original|ct reply) (mark|zone) set\b|\b(ether|ip|tcp|udp|th) (saddr|daddr|sport|dport|protocol) set\b|@\w+,\d+,\d+ set\b/;

/** A match (`ct status dnat accept`, of every firewalld) in words that are statements elsewhere. */
const STATUS = /\bct status (?:!= |& )?(?:\{ [^}]*\}|\([^)]*\)|[\w,|]+)/g;

function threatens(whole: string): boolean {
  const rule = whole.replaceAll(STATUS, "");
  if (CHANGES.test(rule)) return true;
  if (/\bvmap @/.test(rule)) return true;
  // No connection that anything is claimed of is invalid.
  const verdicts = rule.replaceAll(/\binvalid : drop\b/g, "");
  return STOPS.test(verdicts) && !/^ct state invalid /.test(rule);
}

/** Literal values alone: a set, a map or a negation narrows nothing here. */
function selectsOf(rule: string): Selects {
  const found = Object.entries(LITERALS).map(([what, literal]) => [what, valuesOf(literal.exec(rule))] as const);
  const selects: Selects = Object.fromEntries(found.filter(([, values]) => values !== undefined));
  const header = /(?:^| )(tcp|udp|icmp) \w+ /.exec(rule)?.[1];
  return selects.protocol === undefined && header !== undefined ? { ...selects, protocol: [header] } : selects;
}

/** What a match compares is one value, or those in braces; that of a connection's original or reply end is another thing. */
const literal = (words: string) =>
  new RegExp(`(?:^| )(?<!original |reply )${words} (?:\\{ ([^}]*) \\}|("[^"]*"|[\\w./*-]+))`);

/** Names of devices are printed in quotes; a bare word there is nft's own (`iifname map {...}`, `iifname . tcp dport {...}`). */
const deviceLiteral = (words: string) => new RegExp(`(?:^| )${words} (?:\\{ ("[^}]*") \\}|("[^"]*"))(?! \\.)`);

const LITERALS: Readonly<Record<Exclude<keyof Selects, "mark">, RegExp>> = {
  in: deviceLiteral("iif(?:name)?"),
  out: deviceLiteral("oif(?:name)?"),
  from: literal("ip saddr"),
  to: literal("ip daddr"),
  protocol: literal("(?:meta l4proto|ip protocol)"),
  ports: literal("(?:tcp|udp|th) dport"),
};

function valuesOf(match: RegExpExecArray | null): string[] | undefined {
  const [, set, single] = match ?? [];
  const list = single !== undefined ? [single] : set?.split(", ");
  return list?.some((value) => value.startsWith("@") || /^(vmap|set)$/.test(value))
    ? undefined
    : list?.map((value) => value.replaceAll('"', ""));
}
