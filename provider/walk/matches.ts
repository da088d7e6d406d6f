/** What a rule asks of a packet. What is not modelled answers with a text, never with a guess. */

import type { MaskedNetwork } from "../model/ip.ts";
import type { CtAddress, CtPort, DevicePattern, Match, ModuleMatch, PortRange, Test } from "../model/packet-rule.ts";
import { numberOf } from "./address-number.ts";
import { isLocal } from "./machine.ts";
import type { Tracked } from "./packet.ts";
import type { Passing } from "./passing.ts";

/** Does it fit? A text says that nobody here can tell, and why. */
export type Answer = boolean | string;
export type Question = (passing: Passing) => Answer;

/** The protocol's own match fits its own packets only, whatever it asks. */
const PROTOCOLS: ReadonlySet<string> = new Set(["tcp", "udp", "icmp"]);
const OF_CONNTRACK: ReadonlySet<string> = new Set(["conntrack", "state", "connmark"]);

export function questionsOf(match: Match): readonly Question[] {
  if (match.kind !== "module") return [questionOf(match)];
  const { module, tests } = match;
  const own: readonly Question[] = PROTOCOLS.has(module) ? [({ packet }) => packet.protocol === module] : [];
  const questions = tests.map(questionOf);
  return [...own, ...(OF_CONNTRACK.has(module) ? questions.map((question) => tracked(match, question)) : questions)];
}

function questionOf(test: Test): Question {
  if (test.kind === "opaque") return () => `${test.name} is not modelled`;
  if (test.kind === "lookup") return () => `the set ${test.set} is not modelled`;
  const fits = fitsOf(test);
  return test.negated ? (passing) => !fits(passing) : fits;
}

type Fits = (passing: Passing) => boolean;

function fitsOf(test: Exclude<Test, { kind: "opaque" | "lookup" }>): Fits {
  switch (test.kind) {
    case "source":
    case "destination": {
      const has = networkHas(test.network);
      return test.kind === "source" ? ({ packet }) => has(packet.source) : ({ packet }) => has(packet.destination);
    }
    case "inDevice":
    case "outDevice": {
      const is = deviceIs(test.device);
      return test.kind === "inDevice" ? ({ inDevice }) => is(inDevice) : ({ outDevice }) => is(outDevice);
    }
    case "protocol":
      return ({ packet }) => test.protocol === packet.protocol;
    case "fragment":
      // No packet of a walk is a later fragment: conntrack has put them together by then.
      return () => false;
    case "sourcePort":
    case "destinationPort":
    case "eitherPort":
      return portFits(test.kind, portsHave(test.ports));
    case "tcpFlags":
      return ({ packet }) => test.of.every((flag) => packet.flags.includes(flag) === test.set.includes(flag));
    case "icmpType":
      return icmpFits(test.type);
    case "mark":
      return ({ packet }) => (packet.mark & test.mask) >>> 0 === test.mark;
    case "connmark":
      return (passing) => (passing.tracked.mark & test.mask) >>> 0 === test.mark;
    case "ctState":
      return (passing) => test.states.some((state) => hasState(passing, state));
    case "ctDirection":
      return (passing) => passing.direction === test.direction;
    case "ctProtocol":
      return ({ packet }) => CT_PROTOCOLS[test.protocol] === packet.protocol;
    case "ctOriginalSource":
    case "ctOriginalDestination":
    case "ctReplySource":
    case "ctReplyDestination": {
      const [has, of] = [networkHas(test.network), ctAddress(test.kind)];
      return (passing) => has(of(passing.tracked));
    }
    case "ctOriginalSourcePort":
    case "ctOriginalDestinationPort":
    case "ctReplySourcePort":
    case "ctReplyDestinationPort": {
      const [has, of] = [portsHave(test.ports), ctPort(test.kind)];
      return (passing) => has(of(passing.tracked));
    }
    case "sourceIsLocal":
      return ({ machine, packet }) => isLocal(machine, packet.source);
    case "destinationIsLocal":
      return ({ machine, packet }) => isLocal(machine, packet.destination);
    case "sourceRange":
    case "destinationRange":
      return rangeFits(test);
    case "comment":
      return () => true;
  }
}

function networkHas({ address, mask }: MaskedNetwork): (address: string) => boolean {
  const wanted = (numberOf(address) & mask) >>> 0;
  return (address) => (numberOf(address) & mask) >>> 0 === wanted;
}

function deviceIs({ name, isPrefix }: DevicePattern): (device: string) => boolean {
  return isPrefix ? (device) => device.startsWith(name) && device !== "" : (device) => device === name;
}

function portsHave(ports: readonly PortRange[]): (port: number) => boolean {
  return (port) => ports.some(({ first, last }) => port >= first && port <= last);
}

function portFits(kind: "sourcePort" | "destinationPort" | "eitherPort", has: (port: number) => boolean): Fits {
  switch (kind) {
    case "sourcePort":
      return ({ packet }) => has(packet.sourcePort);
    case "destinationPort":
      return ({ packet }) => has(packet.destinationPort);
    case "eitherPort":
      return ({ packet }) => has(packet.sourcePort) || has(packet.destinationPort);
  }
}

/** A walk has echoes only, whose code is 0. */
function icmpFits(type: string): Fits {
  return ({ packet }) => type === "any" || type === "255" || [packet.flags[0], `${packet.flags[0]}/0`].includes(type);
}

function rangeFits({ kind, first, last }: Extract<Test, { first: string }>): Fits {
  const [low, high] = [numberOf(first), numberOf(last)];
  const inside = (address: string) => numberOf(address) >= low && numberOf(address) <= high;
  return ({ packet }) => inside(kind === "sourceRange" ? packet.source : packet.destination);
}

const CT_PROTOCOLS: Readonly<Record<string, string>> = { "1": "icmp", "6": "tcp", "17": "udp" };

function ctAddress(kind: CtAddress): (tracked: Tracked) => string {
  switch (kind) {
    case "ctOriginalSource":
      return ({ original }) => original.source;
    case "ctOriginalDestination":
      return ({ original }) => original.destination;
    case "ctReplySource":
      return ({ reply }) => reply.source;
    case "ctReplyDestination":
      return ({ reply }) => reply.destination;
  }
}

function ctPort(kind: CtPort): (tracked: Tracked) => number {
  switch (kind) {
    case "ctOriginalSourcePort":
      return ({ original }) => original.sourcePort;
    case "ctOriginalDestinationPort":
      return ({ original }) => original.destinationPort;
    case "ctReplySourcePort":
      return ({ reply }) => reply.sourcePort;
    case "ctReplyDestinationPort":
      return ({ reply }) => reply.destinationPort;
  }
}

/** No walk has a RELATED, INVALID or UNTRACKED packet. SNAT and DNAT are states of the whole connection. */
function hasState({ state, tracked: { original, reply } }: Passing, wanted: string): boolean {
  if (wanted === "DNAT") return reply.source !== original.destination || reply.sourcePort !== original.destinationPort;
  if (wanted === "SNAT") return reply.destination !== original.source || reply.destinationPort !== original.sourcePort;
  return wanted === state;
}

/**
 * A packet that conntrack has not seen, as in the raw table, is INVALID to `-m conntrack --ctstate` and `-m state`, whatever else that asks
 * of it; without --ctstate, and for connmark, nothing fits, negated or not (xt_conntrack.c, xt_connmark.c).
 */
function tracked({ tests }: ModuleMatch, question: Question): Question {
  const state = tests.find((test) => test.kind === "ctState");
  const invalid = state !== undefined && state.states.includes("INVALID") !== state.negated;
  return (passing) => (passing.untracked ? invalid : question(passing));
}
