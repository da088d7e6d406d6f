/** Tests of a rule in the words of iptables-save, both ways: one table says which option of which match is which test. */

import { formatMasked, isAddress, type MaskedNetwork, parseMasked } from "../../model/ip.ts";
import { formatMarkAndMask, parseMarkAndMask } from "../../model/mark.ts";
import type { DevicePattern, Match, PortRange, Test } from "../../model/packet-rule.ts";
import { writeOption, writePart } from "./canonical-rule.ts";
import type { RuleOption, RulePart } from "./rule-shape.ts";
import { quoteWord } from "./rule-words.ts";

type Kind = Exclude<Test["kind"], "opaque" | "lookup">;

/** One option: what it tells, and how that is printed. What `read` gives is kept only where `write` prints it as it was. */
interface Words<Told> {
  readonly read: (values: readonly string[]) => Told | undefined;
  readonly write: (told: Told) => readonly string[];
}

/** Of any test. */
interface AnyWords {
  readonly read: (values: readonly string[]) => object | undefined;
  readonly write: (told: never) => readonly string[];
}

const one = <Told>(read: (value: string) => Told | undefined, write: (told: Told) => string): Words<Told> => ({
  read: (values) => (values.length === 1 ? read(values[0]!) : undefined),
  write: (told) => [write(told)],
});

const networkWords = (write: (network: MaskedNetwork) => string) =>
  one(
    (value): { network: MaskedNetwork } | undefined => {
      const network = parseMasked(value);
      return network && { network };
    },
    ({ network }) => write(network),
  );
/** `10.0.0.1/32` for -s and -d. */
const network = networkWords(formatMasked);
/** `10.0.0.1` for the addresses of a connection. */
const plainNetwork = networkWords((network) => formatMasked(network).replace(/\/32$/, ""));

const device = one(
  (value) => ({ device: readDevice(value) }),
  ({ device: { name, isPrefix } }) => `${name}${isPrefix ? "+" : ""}`,
);

function readDevice(value: string): DevicePattern {
  return value.endsWith("+") ? { name: value.slice(0, -1), isPrefix: true } : { name: value, isPrefix: false };
}

const ports = one(
  (value): { ports: readonly PortRange[] } | undefined => {
    const ranges = value.split(",").map(readPorts);
    return ranges.every((range) => range !== undefined) ? { ports: ranges } : undefined;
  },
  ({ ports }) => ports.map(writePorts).join(","),
);

function readPorts(text: string): PortRange | undefined {
  const [, first, last = first] = /^(\d+)(?::(\d+))?$/.exec(text) ?? [];
  return first === undefined ? undefined : { first: Number(first), last: Number(last) };
}

const writePorts = ({ first, last }: PortRange) => (first === last ? `${first}` : `${first}:${last}`);

const mark = one(parseMarkAndMask, formatMarkAndMask);
const protocol = one(
  (protocol) => ({ protocol }),
  ({ protocol }) => protocol,
);
const states = one(
  (value) => ({ states: value.split(",") }),
  ({ states }) => states.join(","),
);
const direction = one(
  (direction) => ({ direction }),
  ({ direction }) => direction,
);
const local = one(
  (value): object | undefined => (value === "LOCAL" ? {} : undefined),
  () => "LOCAL",
);
const range = one(
  (value) => {
    const [first = "", last = ""] = value.split("-");
    return isAddress(first) && isAddress(last) ? { first, last } : undefined;
  },
  ({ first, last }) => `${first}-${last}`,
);
const icmpType = one(
  (type) => ({ type }),
  ({ type }) => type,
);
const comment = one(
  (text) => ({ text }),
  ({ text }) => quoteWord(text),
);
const flags: Words<{ readonly of: readonly string[]; readonly set: readonly string[] }> = {
  read: (values) => {
    const [of, set] = values.map((list) => list.split(",").filter((flag) => flag !== "NONE"));
    return of && set && values.length === 2 ? { of, set } : undefined;
  },
  write: ({ of, set }) => [of, set].map((list) => list.join(",") || "NONE"),
};
const bare: Words<object> = { read: (values) => (values.length === 0 ? {} : undefined), write: () => [] };

interface Entry {
  /** The match, `-m`; "" for options that stand in front of all matches. */
  readonly module: string;
  readonly option: string;
  readonly kind: Kind;
  readonly words: AnyWords;
}

const entries = (module: string, options: Readonly<Record<string, readonly [kind: Kind, words: AnyWords]>>): Entry[] =>
  Object.entries(options).map(([option, [kind, words]]) => ({
    ...{ module, option, kind, words },
  }));

const TRANSPORT = { "--sport": ["sourcePort", ports], "--dport": ["destinationPort", ports] } as const;

const TABLE: readonly Entry[] = [
  ...entries("", {
    ...{ "-s": ["source", network], "-d": ["destination", network] },
    ...{ "-i": ["inDevice", device], "-o": ["outDevice", device] },
    ...{ "-p": ["protocol", protocol], "-f": ["fragment", bare] },
  }),
  ...entries("tcp", { ...TRANSPORT, "--tcp-flags": ["tcpFlags", flags] }),
  ...entries("udp", TRANSPORT),
  ...entries("icmp", { "--icmp-type": ["icmpType", icmpType] }),
  ...entries("multiport", {
    ...{ "--sports": ["sourcePort", ports], "--dports": ["destinationPort", ports], "--ports": ["eitherPort", ports] },
  }),
  ...entries("mark", { "--mark": ["mark", mark] }),
  ...entries("connmark", { "--mark": ["connmark", mark] }),
  ...entries("state", { "--state": ["ctState", states] }),
  ...entries("conntrack", {
    ...{ "--ctstate": ["ctState", states], "--ctdir": ["ctDirection", direction] },
    "--ctproto": ["ctProtocol", protocol],
    ...{ "--ctorigsrc": ["ctOriginalSource", plainNetwork], "--ctorigdst": ["ctOriginalDestination", plainNetwork] },
    ...{ "--ctreplsrc": ["ctReplySource", plainNetwork], "--ctrepldst": ["ctReplyDestination", plainNetwork] },
    ...{ "--ctorigsrcport": ["ctOriginalSourcePort", ports], "--ctorigdstport": ["ctOriginalDestinationPort", ports] },
    ...{ "--ctreplsrcport": ["ctReplySourcePort", ports], "--ctrepldstport": ["ctReplyDestinationPort", ports] },
  }),
  ...entries("addrtype", { "--src-type": ["sourceIsLocal", local], "--dst-type": ["destinationIsLocal", local] }),
  ...entries("iprange", { "--src-range": ["sourceRange", range], "--dst-range": ["destinationRange", range] }),
  ...entries("comment", { "--comment": ["comment", comment] }),
];

const BY_OPTION = new Map(TABLE.map((entry) => [`${entry.module} ${entry.option}`, entry]));
const BY_KIND = new Map(TABLE.map((entry) => [`${entry.module} ${entry.kind}`, entry]));
const MODULES = new Set(TABLE.map(({ module }) => module));

/** @param module "" for the options in front of all matches */
export function readTest(module: string, option: RuleOption): Test {
  const text = writeOption(option).join(" ");
  const entry = BY_OPTION.get(`${module} ${option.name}`);
  const values = entry?.words.read(option.values.map((word) => word.text));
  const test = entry && values && ({ kind: entry.kind, negated: option.negated, ...values } as Test);
  if (test && writeTest(module, test) === text) return test;
  const name = module === "" ? option.name : `-m ${module} ${option.name}`;
  return { kind: "opaque", negated: option.negated, dialect: "iptables", name, text };
}

/** A match without a value of its own is kept as it is. */
export function readMatch(part: RulePart): Match {
  const { name: module, options } = part;
  if (MODULES.has(module)) return { kind: "module", module, tests: options.map((option) => readTest(module, option)) };
  const text = writePart("-m", part).join(" ");
  return { kind: "opaque", negated: false, dialect: "iptables", name: `-m ${module}`, text };
}

export function writeMatch(match: Match): string {
  if (match.kind !== "module") return writeTest("", match);
  const { module, tests } = match;
  return ["-m", module, ...tests.map((test) => writeTest(module, test))].join(" ");
}

function writeTest(module: string, test: Test): string {
  if (test.kind === "opaque") return test.text;
  const entry = BY_KIND.get(`${module} ${test.kind}`);
  if (!entry) throw new Error(`iptables has no words for ${test.kind} in ${module || "a rule"}`);
  return [...(test.negated ? ["!"] : []), entry.option, ...entry.words.write(test as never)].join(" ");
}
