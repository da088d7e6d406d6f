/** Targets of a rule in the words of iptables-save, both ways. */

import { isAddress } from "../../model/ip.ts";
import { formatMark, parseMark, parseMarkAndMask } from "../../model/mark.ts";
import type { Opaque, Partly, Target } from "../../model/packet-rule.ts";
import { writePart } from "./canonical-rule.ts";
import type { RuleShape } from "./rule-shape.ts";

type Part = NonNullable<RuleShape["target"]>;

/** Targets that are programs of the kernel, and are understood in part; any other name is a chain. */
const PARTLY: Readonly<Record<string, Partly>> = {
  ...{ REJECT: "reject", LOG: "log", NFLOG: "log", ULOG: "log", TOS: "serviceType", DSCP: "serviceType" },
  ...{ TRACE: "harmless", CLASSIFY: "harmless", ACCOUNT: "harmless", AUDIT: "harmless", CHECKSUM: "harmless" },
  ...{ ECN: "harmless", IDLETIMER: "harmless", RATEEST: "harmless", LED: "harmless", SECMARK: "harmless" },
  ...{ CONNSECMARK: "harmless", NOTRACK: "untrack", FLOWOFFLOAD: "offload", NETMAP: "netmap" },
};

const OTHERS = new Set([
  ...["REDIRECT", "SAME", "CT", "NFQUEUE", "QUEUE", "TEE", "TPROXY", "SET", "TTL", "TCPMSS"],
  ...["SYNPROXY", "CLUSTERIP", "HMARK", "DNPT", "SNPT", "MARK", "CONNMARK", "DNAT", "SNAT", "MASQUERADE"],
]);

/** Whoever gives packets fewer hops than a way through the internet has stops them: as many as traceroute tries. */
const ENOUGH_HOPS = 30;

/** What the target gives is kept only where it is printed as it was. */
export function readTarget(part: Part): Target {
  const text = writePart(part.option, part).join(" ");
  const words: Opaque = { dialect: "iptables", name: part.name, text };
  const target = targetOf(part, words);
  return target && writeTarget(target) === text ? target : { kind: "opaque", words };
}

/** The first value of an option. */
type ValueOf = (option: string) => string | undefined;

function targetOf(part: Part, words: Opaque): Target | undefined {
  const { name, options } = part;
  const of: ValueOf = (wanted) => options.find((option) => option.name === wanted)?.values[0]?.text;
  if (part.option === "-g") return { kind: "goto", chain: name };
  const kind = PARTLY[name] ?? partlyOf(name, new Set(options.map((option) => option.name)), of);
  if (kind) return { kind, words };
  switch (name) {
    case "ACCEPT":
      return { kind: "accept" };
    case "DROP":
      return { kind: "drop" };
    case "RETURN":
      return { kind: "return" };
    case "MARK":
      return setOf("setMark", of);
    case "CONNMARK":
      return (
        setOf("setConnmark", of) ??
        movedOf(
          options.some((option) => option.name === "--save-mark"),
          of,
        )
      );
    case "DNAT":
      return { kind: "dnat", ...addressOf(of("--to-destination"), options.length, words) };
    case "SNAT":
      return { kind: "snat", ...addressOf(of("--to-source"), options.length, words) };
    case "MASQUERADE":
      return options.length > 0 ? { kind: "masquerade", words } : { kind: "masquerade" };
    case "TPROXY":
      return tproxyOf(of, words);
    default:
      return OTHERS.has(name) ? undefined : { kind: "jump", chain: name };
  }
}

/** Those whose options decide what they are. */
function partlyOf(name: string, options: ReadonlySet<string>, of: ValueOf): Partly | undefined {
  if (name === "TCPMSS") return options.has("--clamp-mss-to-pmtu") ? "clampToPath" : "clampSize";
  if (name === "CT") return options.has("--notrack") ? "untrack" : undefined;
  const keepsHops = options.has("--ttl-inc") || Number(of("--ttl-set") ?? 0) >= ENOUGH_HOPS;
  return name === "TTL" && keepsHops ? "harmless" : undefined;
}

function setOf(kind: "setMark" | "setConnmark", of: ValueOf): Target | undefined {
  const set = parseMarkAndMask(of("--set-xmark") ?? "");
  return set && { kind, value: set.mark, mask: set.mask };
}

function movedOf(isSaved: boolean, of: ValueOf): Target | undefined {
  const packetMask = parseMark(of("--nfmask") ?? "");
  const connectionMask = parseMark(of("--ctmask") ?? "");
  if (packetMask === undefined || connectionMask === undefined) return undefined;
  return { kind: isSaved ? "saveMark" : "restoreMark", packetMask, connectionMask };
}

function tproxyOf(of: ValueOf, words: Opaque): Target | undefined {
  const set = parseMarkAndMask(of("--tproxy-mark") ?? "");
  return set && { kind: "tproxy", value: set.mark, mask: set.mask, words };
}

function addressOf(value = "", options: number, words: Opaque) {
  const [address = "", port, ...more] = value.split(":");
  const isPlain = isAddress(address) && more.length === 0 && (port === undefined || /^\d+$/.test(port));
  return {
    ...(isAddress(address) && { address }),
    ...(isPlain && port !== undefined && { port: Number(port) }),
    ...((!isPlain || options !== 1) && { words }),
  };
}

export function writeTarget(target: Target): string {
  if ("words" in target && target.words) return target.words.text;
  switch (target.kind) {
    case "accept":
    case "drop":
    case "return":
      return `-j ${target.kind.toUpperCase()}`;
    case "jump":
      return `-j ${target.chain}`;
    case "goto":
      return `-g ${target.chain}`;
    case "setMark":
    case "setConnmark": {
      const name = target.kind === "setMark" ? "MARK" : "CONNMARK";
      return `-j ${name} --set-xmark ${formatMark(target.value)}/${formatMark(target.mask)}`;
    }
    case "saveMark":
    case "restoreMark": {
      const mode = target.kind === "saveMark" ? "--save-mark" : "--restore-mark";
      return `-j CONNMARK ${mode} --nfmask ${formatMark(target.packetMask)} --ctmask ${formatMark(target.connectionMask)}`;
    }
    case "dnat":
    case "snat": {
      const to = target.port === undefined ? target.address : `${target.address}:${target.port}`;
      return target.kind === "dnat" ? `-j DNAT --to-destination ${to}` : `-j SNAT --to-source ${to}`;
    }
    case "masquerade":
      return "-j MASQUERADE";
    default:
      throw new Error(`iptables has no words for ${target.kind}`);
  }
}
