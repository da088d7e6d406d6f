/** Targets of iptables, as data. */

import type { RuleShape } from "../dialects/iptables/rule-shape.ts";
import { isAddress } from "../model/ip.ts";
import { parseMark, parseMarkAndMask } from "../model/mark.ts";

export type Target =
  /** No target, or one that only writes down, or changes nothing that a way depends on. */
  | { readonly kind: "none" }
  | { readonly kind: "accept" | "drop" | "return" | "masquerade" }
  | { readonly kind: "jump" | "goto"; readonly chain: string }
  | { readonly kind: "mark"; readonly value: number; readonly mask: number }
  | {
      readonly kind: "connmark";
      readonly what: "set" | "save" | "restore";
      readonly value: number;
      readonly nfmask: number;
      readonly ctmask: number;
    }
  /** Writes the TOS byte: of no matter but to rules and routes that ask for it. */
  | { readonly kind: "tos"; readonly name: string }
  | { readonly kind: "dnat" | "snat"; readonly address: string; readonly port?: number }
  | { readonly kind: "unmodelled"; readonly name: string };

const HARMLESS = new Set([
  "LOG",
  "NFLOG",
  "ULOG",
  "TRACE",
  "TCPMSS",
  "CLASSIFY",
  "ACCOUNT",
  "AUDIT",
  "CHECKSUM",
  ...["ECN", "IDLETIMER", "RATEEST", "LED", "SECMARK", "CONNSECMARK"],
]);

/** Targets that are programs of the kernel; any other name is a chain. */
const OTHERS = new Set([
  ...["REDIRECT", "NETMAP", "SAME", "CT", "NOTRACK", "NFQUEUE", "QUEUE", "TEE", "TPROXY", "SET"],
  ...["SYNPROXY", "CLUSTERIP", "HMARK", "DNPT", "SNPT"],
]);

/** As many as traceroute tries. */
const ENOUGH_HOPS = 30;

export function targetOf(target: RuleShape["target"]): Target {
  if (!target) return { kind: "none" };
  const { name, options } = target;
  const of = (wanted: string) => options.find((option) => option.name === wanted)?.values[0]?.text;
  const unmodelled: Target = { kind: "unmodelled", name };
  if (target.option === "-g") return { kind: "goto", chain: name };
  switch (name) {
    case "ACCEPT":
    case "DROP":
    case "RETURN":
      return { kind: name.toLowerCase() as "accept" | "drop" | "return" };
    case "TOS":
    case "DSCP":
      return { kind: "tos", name };
    case "REJECT":
      return { kind: "drop" };
    case "MASQUERADE":
      return options.length === 0 ? { kind: "masquerade" } : unmodelled;
    case "MARK": {
      const set = parseMarkAndMask(of("--set-xmark") ?? "");
      return set && options.length === 1 ? { kind: "mark", value: set.mark, mask: set.mask } : unmodelled;
    }
    case "CONNMARK": {
      const set = parseMarkAndMask(of("--set-xmark") ?? "");
      if (set && options.length === 1)
        return { kind: "connmark", what: "set", value: set.mark, nfmask: 0, ctmask: set.mask };
      const nfmask = parseMark(of("--nfmask") ?? "");
      const ctmask = parseMark(of("--ctmask") ?? "");
      const what = options.some((option) => option.name === "--save-mark")
        ? "save"
        : options.some((option) => option.name === "--restore-mark")
          ? "restore"
          : undefined;
      return what && nfmask !== undefined && ctmask !== undefined && options.length === 3
        ? { kind: "connmark", what, value: 0, nfmask, ctmask }
        : unmodelled;
    }
    case "DNAT":
    case "SNAT": {
      const kind = name === "DNAT" ? "dnat" : "snat";
      const [address = "", port, ...more] = (of(name === "DNAT" ? "--to-destination" : "--to-source") ?? "").split(":");
      if (!isAddress(address) || more.length > 0 || options.length !== 1) return unmodelled;
      if (port === undefined) return { kind, address };
      return /^\d+$/.test(port) ? { kind, address, port: Number(port) } : unmodelled;
    }
    case "TTL":
      // Whoever gives packets fewer hops than a way through the internet has stops them.
      return of("--ttl-inc") !== undefined || Number(of("--ttl-set") ?? 0) >= ENOUGH_HOPS
        ? { kind: "none" }
        : unmodelled;
    default:
      if (HARMLESS.has(name)) return { kind: "none" };
      return OTHERS.has(name) ? unmodelled : { kind: "jump", chain: name };
  }
}
