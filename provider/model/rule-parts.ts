/** What rules are made of, in few words. */

import { type MaskedNetwork, parseMasked } from "./ip.ts";
import { FULL_MASK } from "./line.ts";
import type { Match, ModuleMatch, PacketRule, PortRange, Target, Test } from "./packet-rule.ts";

export function ruleOf(matches: readonly Match[], target: Target): PacketRule {
  return { family: "ip", matches, target };
}

/** A rule that only leads to a chain. */
export function jumpTo(chain: string): PacketRule {
  return ruleOf([], { kind: "jump", chain });
}

/** The same rule for packets that fit this as well. */
export function narrowed(match: Match, rule: PacketRule): PacketRule {
  return { ...rule, matches: [match, ...rule.matches] };
}

/** @param network `a.b.c.d` or `a.b.c.d/len` */
export function source(network: string): Test {
  return { kind: "source", negated: false, network: masked(network) };
}

/** @param network `a.b.c.d` or `a.b.c.d/len` */
export function destination(network: string): Test {
  return { kind: "destination", negated: false, network: masked(network) };
}

function masked(text: string): MaskedNetwork {
  const network = parseMasked(text);
  if (!network) throw new Error(`no network: ${JSON.stringify(text)}`);
  return network;
}

export function inDevice(name: string): Test {
  return { kind: "inDevice", negated: false, device: { name, isPrefix: false } };
}

export function outDevice(name: string): Test {
  return { kind: "outDevice", negated: false, device: { name, isPrefix: false } };
}

export function protocol(name: string): Test {
  return { kind: "protocol", negated: false, protocol: name };
}

/** What goes to one of these ports by this protocol. */
export function toPorts(name: "tcp" | "udp", ports: PortRange): Match[] {
  const test: Test = { kind: "destinationPort", negated: false, ports: [ports] };
  return [protocol(name), { kind: "module", module: name, tests: [test] }];
}

/** The packet's own mark, in the bits of the mask. */
export function hasMark(mark: number, mask: number, negated = false): ModuleMatch {
  return { kind: "module", module: "mark", tests: [{ kind: "mark", negated, mark, mask }] };
}

/** The mark of its connection, in the bits of the mask. */
export function hasConnmark(mark: number, mask: number): ModuleMatch {
  return { kind: "module", module: "connmark", tests: [{ kind: "connmark", negated: false, mark, mask }] };
}

/** Has it any mark? */
export const MARKED = hasMark(0, FULL_MASK, true);

/** What conntrack knows of its connection, together. */
export function tracked(...tests: readonly Test[]): ModuleMatch {
  return { kind: "module", module: "conntrack", tests };
}

/** @param states `NEW`, `DNAT`: one of them */
export function inState(states: readonly string[], negated = false): ModuleMatch {
  return tracked({ kind: "ctState", negated, states });
}
