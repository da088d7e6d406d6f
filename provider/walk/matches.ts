/** Matches of iptables. What is not modelled answers with a text, never with a guess. */

import type { RuleOption, RulePart } from "../dialects/iptables/rule-shape.ts";
import { parseMarkAndMask } from "../model/mark.ts";
import { numberOf } from "./address-number.ts";
import type { Answer, Test } from "./compile.ts";
import { isLocal } from "./machine.ts";
import type { Passing } from "./passing.ts";
import { bitsOf } from "./route-table.ts";

const value = (option: RuleOption) => option.values[0]?.text ?? "";
const negate = (option: RuleOption, answer: Answer): Answer =>
  typeof answer === "string" || !option.negated ? answer : !answer;

/** -s -d -i -o -p */
export function baseTest(option: RuleOption): Test {
  const wanted = value(option);
  const network = networkTest(wanted);
  const device = deviceTest(wanted);
  const test = (passing: Passing): Answer => {
    switch (option.name) {
      case "-s":
        return network(passing.packet.source);
      case "-d":
        return network(passing.packet.destination);
      case "-i":
        return device(passing.inDevice);
      case "-o":
        return device(passing.outDevice);
      case "-p":
        return wanted === passing.packet.protocol;
      default:
        // -f: no packet of a walk is a later fragment (conntrack has put them together by then).
        return option.name === "-f" ? false : `${option.name} is not modelled`;
    }
  };
  return (passing) => negate(option, test(passing));
}

function networkTest(text: string): (address: string) => Answer {
  const [base = "", length = "32"] = text.split("/");
  const bits = /^\d+$/.test(length) ? bitsOf(Number(length)) : /^[\d.]+$/.test(length) ? numberOf(length) : undefined;
  if (bits === undefined || !/^[\d.]+$/.test(base)) return () => `the address ${text} is not understood`;
  const wanted = (numberOf(base) & bits) >>> 0;
  return (address) => (numberOf(address) & bits) >>> 0 === wanted;
}

/** `eth+` fits every name that begins so. */
function deviceTest(text: string): (device: string) => boolean {
  return text.endsWith("+")
    ? (device) => device.startsWith(text.slice(0, -1)) && device !== ""
    : (device) => device === text;
}

type Matcher = (option: RuleOption) => ((passing: Passing) => Answer) | undefined;

const mark =
  (of: (passing: Passing) => number): Matcher =>
  (option) => {
    const wanted = option.name === "--mark" ? parseMarkAndMask(value(option)) : undefined;
    return wanted && ((passing) => (of(passing) & wanted.mask) >>> 0 === wanted.mark);
  };

const portIn = (text: string) => {
  const ranges = text.split(",").map((part) => part.split(":").map(Number));
  return (port: number) => ranges.some(([low = 0, high = low]) => port >= low && port <= high);
};

const ports: Matcher = (option) => {
  const has = portIn(value(option));
  switch (option.name) {
    case "--sport":
    case "--sports":
      return ({ packet }) => has(packet.sourcePort);
    case "--dport":
    case "--dports":
      return ({ packet }) => has(packet.destinationPort);
    case "--ports":
      return ({ packet }) => has(packet.sourcePort) || has(packet.destinationPort);
    case "--tcp-flags": {
      const [of = [], set = []] = option.values.map(({ text }) => text.split(",").filter((flag) => flag !== "NONE"));
      return ({ packet }) => of.every((flag) => packet.flags.includes(flag) === set.includes(flag));
    }
    default:
      return undefined;
  }
};

const conntrack: Matcher = (option) => {
  const wanted = value(option);
  const network = networkTest(wanted);
  const has = portIn(wanted);
  switch (option.name) {
    case "--ctstate":
      return (passing) => wanted.split(",").some((state) => hasState(passing, state));
    case "--ctdir":
      return ({ direction }) => direction === wanted;
    case "--ctproto":
      return ({ packet }) => ({ "1": "icmp", "6": "tcp", "17": "udp" })[wanted] === packet.protocol;
    case "--ctorigsrc":
      return ({ tracked }) => network(tracked.original.source);
    case "--ctorigdst":
      return ({ tracked }) => network(tracked.original.destination);
    case "--ctreplsrc":
      return ({ tracked }) => network(tracked.reply.source);
    case "--ctrepldst":
      return ({ tracked }) => network(tracked.reply.destination);
    case "--ctorigsrcport":
      return ({ tracked }) => has(tracked.original.sourcePort);
    case "--ctorigdstport":
      return ({ tracked }) => has(tracked.original.destinationPort);
    default:
      return undefined;
  }
};

/** No walk has a RELATED, INVALID or UNTRACKED packet. SNAT and DNAT are states of the whole connection. */
function hasState({ state, tracked }: Passing, wanted: string): boolean {
  if (wanted === "DNAT")
    return (
      tracked.reply.source !== tracked.original.destination ||
      tracked.reply.sourcePort !== tracked.original.destinationPort
    );
  if (wanted === "SNAT")
    return (
      tracked.reply.destination !== tracked.original.source ||
      tracked.reply.destinationPort !== tracked.original.sourcePort
    );
  return wanted === state;
}

const addrtype: Matcher = (option) => {
  if (value(option) !== "LOCAL") return undefined;
  if (option.name === "--dst-type") return ({ machine, packet }) => isLocal(machine, packet.destination);
  return option.name === "--src-type" ? ({ machine, packet }) => isLocal(machine, packet.source) : undefined;
};

const iprange: Matcher = (option) => {
  const [low, high] = value(option).split("-").map(numberOf);
  const inside = (address: string) => numberOf(address) >= low! && numberOf(address) <= (high ?? low!);
  if (option.name === "--src-range") return ({ packet }) => inside(packet.source);
  return option.name === "--dst-range" ? ({ packet }) => inside(packet.destination) : undefined;
};

const icmp: Matcher = (option) => {
  const type = value(option);
  if (option.name !== "--icmp-type") return undefined;
  // A walk has echoes only, whose code is 0.
  return ({ packet }) => type === "any" || type === "255" || [packet.flags[0], `${packet.flags[0]}/0`].includes(type);
};

/** The older name of `--ctstate`. */
const state: Matcher = (option) =>
  option.name === "--state" ? conntrack({ ...option, name: "--ctstate" }) : undefined;

const MATCHERS: Readonly<Record<string, Matcher>> = {
  ...{ mark: mark(({ packet }) => packet.mark), connmark: mark(({ tracked }) => tracked.mark) },
  ...{ tcp: ports, udp: ports, multiport: ports, conntrack, state, addrtype, iprange, icmp },
  comment: () => () => true,
};

/** The protocol's own match fits its own packets only, whatever its options say. */
const PROTOCOLS = new Set(["tcp", "udp", "icmp"]);

export function matchTest(part: RulePart): readonly Test[] {
  const matcher = MATCHERS[part.name];
  const own: readonly Test[] = PROTOCOLS.has(part.name) ? [({ packet }) => packet.protocol === part.name] : [];
  if (!matcher) return [() => `-m ${part.name} is not modelled`];
  const tests = part.options.map((option): Test => {
    const test = matcher(option);
    return test ? (passing) => negate(option, test(passing)) : () => `-m ${part.name} ${option.name} is not modelled`;
  });
  return [...own, ...(OF_CONNTRACK.has(part.name) ? tests.map((test) => tracked(part, test)) : tests)];
}

const OF_CONNTRACK = new Set(["conntrack", "state", "connmark"]);

/**
 * A packet that conntrack has not seen, as in the raw table, is INVALID to `-m conntrack --ctstate` and `-m state`, whatever else that asks
 * of it; without --ctstate, and for connmark, nothing fits, negated or not (xt_conntrack.c, xt_connmark.c).
 */
function tracked(part: RulePart, test: Test): Test {
  const state = part.options.find(({ name }) => name === "--ctstate" || name === "--state");
  const invalid = state !== undefined && value(state).split(",").includes("INVALID") !== state.negated;
  return (passing) => (passing.untracked ? invalid : test(passing));
}
