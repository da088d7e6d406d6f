/** What the kernel's LOG target has written, line by line. Pure. */
import { LOG_HOOKS } from "../../dialects/iptables/log-chain.ts";

/** One packet at one point of its way through the router. */
export interface LoggedPacket {
  /** Seconds since the router's boot; null where the kernel does not stamp its log. */
  readonly at: number | null;
  /** The chain of mangle that it was in: before any rule of that chain. */
  readonly hook: string;
  /** Device that it came by; null for one of the router's own. */
  readonly in: string | null;
  /** Device that it goes by; null where that is not decided yet, or it is for the router itself. */
  readonly out: string | null;
  readonly source: string;
  readonly destination: string;
  /** `tcp`, `udp`, `icmp`, or the number. */
  readonly protocol: string;
  readonly sourcePort: number | null;
  readonly destinationPort: number | null;
  /** `SYN`, `ACK`, ... as the kernel writes them. */
  readonly flags: readonly string[];
  /** Hexadecimal; null where the packet carries none. */
  readonly mark: string | null;
  /** Bytes, headers included. */
  readonly length: number;
}

const TCP_FLAGS = new Set(["CWR", "ECE", "URG", "ACK", "PSH", "RST", "SYN", "FIN"]);

/** undefined: no line of this log, or cut off. */
export function parseLogLine(line: string, prefix: string): LoggedPacket | undefined {
  const start = line.indexOf(`${prefix} `);
  if (start < 0) return undefined;
  const [hook = "", ...words] = line.slice(start + prefix.length + 1).split(" ");
  if (!LOG_HOOKS.some((one) => one.toLowerCase() === hook)) return undefined;
  const inner = words.findIndex((word) => word.startsWith("["));
  const own = inner < 0 ? words : words.slice(0, inner);
  const value = (key: string) => own.find((word) => word.startsWith(`${key}=`))?.slice(key.length + 1) || undefined;
  const number = (key: string) => (value(key) === undefined ? null : Number(value(key)));
  const source = value("SRC");
  const destination = value("DST");
  if (source === undefined || destination === undefined) return undefined;
  const stamp = /\[\s*(\d+\.\d+)\]/.exec(line.slice(0, start))?.[1];
  return {
    at: stamp === undefined ? null : Number(stamp),
    hook,
    in: value("IN") ?? null,
    out: value("OUT") ?? null,
    source,
    destination,
    protocol: (value("PROTO") ?? "").toLowerCase(),
    sourcePort: number("SPT"),
    destinationPort: number("DPT"),
    flags: own.filter((word) => TCP_FLAGS.has(word)),
    mark: words.find((word) => word.startsWith("MARK="))?.slice(5) ?? null,
    length: number("LEN") ?? 0,
  };
}

/**
 * The lines that came since the look before. The kernel's log is a ring, and the same line may stand there twice: what
 * counts is where the last ones of the look before end.
 */
export function newLines(now: readonly string[], before: readonly string[]): readonly string[] {
  if (before.length === 0) return now;
  for (let overlap = Math.min(before.length, now.length); overlap > 0; overlap--) {
    const tail = before.slice(-overlap);
    if (tail.every((line, i) => line === now[i])) return now.slice(overlap);
  }
  return now;
}
