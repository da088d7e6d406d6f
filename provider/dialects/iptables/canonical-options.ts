import { fromNumber, isAddress, maskPrefix, networkBase, prefixLength, toNumber } from "../../model/ip.ts";
import { FULL_MASK } from "../../model/line.ts";
import { formatMark, formatMarkAndMask, parseMark, parseMarkAndMask } from "../../model/mark.ts";
import type { RuleOption, RulePart } from "./rule-shape.ts";
import type { Word } from "./rule-words.ts";

/** How the options of one match or target read in current iptables-save; what it does not know it leaves alone. */
type Canon = (options: readonly RuleOption[]) => readonly RuleOption[];

export function option(name: string, ...values: readonly string[]): RuleOption {
  return { negated: false, name, values: values.map((text) => ({ text, quoted: false })) };
}

/** Applies a change to the first value of the options of these names. */
function values(change: (value: string) => string, ...names: readonly string[]): Canon {
  return (options) =>
    options.map((entry) => (names.includes(entry.name) ? { ...entry, values: first(entry.values, change) } : entry));
}

function first(words: readonly Word[], change: (value: string) => string): readonly Word[] {
  return words.map((word, at) => (at === 0 ? { ...word, text: change(word.text) } : word));
}

function renamed(names: Readonly<Record<string, string>>): Canon {
  return (options) => options.map((entry) => ({ ...entry, name: names[entry.name] ?? entry.name }));
}

function ordered(...names: readonly string[]): Canon {
  const place = (entry: RuleOption) => (names.includes(entry.name) ? names.indexOf(entry.name) : names.length);
  return (options) => options.toSorted((a, b) => place(a) - place(b));
}

function all(...steps: readonly Canon[]): Canon {
  return (options) => steps.reduce((done, step) => step(done), options);
}

/** `1/0xffffffff` -> `0x1` */
export function markMatch(value: string): string {
  const parsed = parseMarkAndMask(value);
  return parsed ? formatMarkAndMask(parsed) : value;
}

/** `10.0.0.5/255.0.0.0` -> `10.0.0.0/8`; a mask with holes stays dotted, as iptables prints it. */
export function network(value: string): string {
  const [address = "", length = "32", ...more] = value.split("/");
  if (!isAddress(address) || more.length > 0) return value === "0/0" ? "0.0.0.0/0" : value;
  const prefix = prefixLength(length) ?? maskPrefix(length);
  if (prefix !== undefined) return `${networkBase(address, prefix)}/${prefix}`;
  return isAddress(length) ? `${fromNumber((toNumber(address) & toNumber(length)) >>> 0)}/${length}` : value;
}

const withoutHostLength = (value: string) => network(value).replace(/\/32$/, "");

/** `:1023` -> `0:1023`, `22:22` -> `22` */
function ports(value: string): string {
  const [low, high, ...more] = value.split(":");
  if (high === undefined || more.length > 0) return value;
  return low === high ? low! : `${low || "0"}:${high || "65535"}`;
}

const listIn = (order: readonly string[]) => (value: string) => {
  const known = value.split(",").map((item) => item.toUpperCase());
  return known.every((item) => order.includes(item)) ? order.filter((item) => known.includes(item)).join(",") : value;
};

const states = listIn(["INVALID", "NEW", "RELATED", "ESTABLISHED", "UNTRACKED", "SNAT", "DNAT"]);
const FLAGS = ["FIN", "SYN", "RST", "PSH", "ACK", "URG"];
const flags = (value: string) => (value === "ALL" ? FLAGS.join(",") : listIn(FLAGS)(value));

const PROTOCOL_NUMBERS: Readonly<Record<string, string>> = { icmp: "1", tcp: "6", udp: "17", gre: "47", esp: "50" };

const conntrack = all(
  values(states, "--ctstate"),
  values((value) => PROTOCOL_NUMBERS[value.toLowerCase()] ?? value, "--ctproto"),
  values(withoutHostLength, "--ctorigsrc", "--ctorigdst", "--ctreplsrc", "--ctrepldst"),
  ordered(
    ...["--ctstate", "--ctproto", "--ctorigsrc", "--ctorigdst", "--ctreplsrc", "--ctrepldst"],
    ...["--ctorigsrcport", "--ctorigdstport", "--ctreplsrcport", "--ctrepldstport"],
    ...["--ctstatus", "--ctexpire", "--ctdir"],
  ),
);

const flagPair: Canon = (options) =>
  options.map((entry) => {
    if (entry.name === "--syn") return { ...option("--tcp-flags", "FIN,SYN,RST,ACK", "SYN"), negated: entry.negated };
    if (entry.name !== "--tcp-flags") return entry;
    return { ...entry, values: entry.values.map((word) => ({ ...word, text: flags(word.text) })) };
  });

const protocolPorts = all(
  renamed({ "--source-port": "--sport", "--destination-port": "--dport" }),
  values(ports, "--sport", "--dport"),
  (options) => options.filter((entry) => entry.negated || entry.values[0]?.text !== "0:65535"),
  flagPair,
  ordered("--sport", "--dport", "--tcp-option", "--tcp-flags"),
);

const ICMP: Readonly<Record<string, string>> = {
  "echo-reply": "0",
  pong: "0",
  "destination-unreachable": "3",
  "fragmentation-needed": "3/4",
  "echo-request": "8",
  ping: "8",
  "time-exceeded": "11",
  "ttl-exceeded": "11",
};

const MATCHES: Readonly<Record<string, Canon>> = {
  mark: values(markMatch, "--mark"),
  connmark: values(markMatch, "--mark"),
  conntrack,
  state: values(states, "--state"),
  tcp: protocolPorts,
  udp: protocolPorts,
  icmp: values((value) => ICMP[value] ?? value, "--icmp-type"),
  multiport: renamed({ "--source-ports": "--sports", "--destination-ports": "--dports" }),
};

/** Setting spelled in any way -> `--set-xmark VALUE/MASK`, which is (mark & ~MASK) ^ VALUE. */
const setMark: Canon = (options) =>
  options.map((entry) => {
    const given = parseMarkAndMask(entry.values[0]?.text ?? "");
    if (!given) return entry;
    const { mark, mask } = given;
    const set = (value: number, bits: number) =>
      option("--set-xmark", `${formatMark(value)}/${formatMark(bits >>> 0)}`);
    if (entry.name === "--set-xmark") return set(mark, mask);
    if (entry.name === "--set-mark") return set(mark, mask | mark);
    if (entry.name === "--and-mark") return set(0, ~mark);
    if (entry.name === "--or-mark") return set(mark, mark);
    return entry.name === "--xor-mark" ? set(mark, 0) : entry;
  });

/** `--restore-mark`, bare or with `--mask`, -> `--restore-mark --nfmask M --ctmask M`; the same for save. */
const copyMark: Canon = (options) => {
  const mode = options.find((entry) => entry.name === "--restore-mark" || entry.name === "--save-mark");
  if (!mode) return options;
  const maskOf = (name: string) => {
    const text = options.find((entry) => entry.name === name)?.values[0]?.text;
    return text === undefined ? undefined : parseMark(text);
  };
  const both = maskOf("--mask") ?? FULL_MASK;
  const known = ["--restore-mark", "--save-mark", "--mask", "--nfmask", "--ctmask"];
  return [
    mode,
    option("--nfmask", formatMark(maskOf("--nfmask") ?? both)),
    option("--ctmask", formatMark(maskOf("--ctmask") ?? both)),
    ...options.filter((entry) => !known.includes(entry.name)),
  ];
};

const to = (name: string) => renamed({ "--to": name });

const TARGETS: Readonly<Record<string, Canon>> = {
  MARK: setMark,
  CONNMARK: all(copyMark, setMark),
  DNAT: to("--to-destination"),
  SNAT: to("--to-source"),
  REJECT: (options) => (options.length > 0 ? options : [option("--reject-with", "icmp-port-unreachable")]),
  LOG: (options) =>
    options.filter(
      (entry) => !(entry.name === "--log-level" && ["4", "warning", "warn"].includes(entry.values[0]!.text)),
    ),
};

/** `-m state` stays beside `-m conntrack`: iptables prints each as it was given, and deletes neither by the other's name. */
export function canonicalMatch({ name, options }: RulePart): RulePart {
  return { name, options: (MATCHES[name] ?? ((options) => options))(options) };
}

export function canonicalTarget(part: RulePart): RulePart {
  return { name: part.name, options: (TARGETS[part.name] ?? ((options) => options))(part.options) };
}
