/** One look at the router: one exchange, in which what the provider reads comes first and what only people want behind it. */
import { randomBytes } from "node:crypto";
import { parseDeviceHead } from "../dialects/iproute2/device.ts";
import { type Counts, parseCounts } from "../dialects/iptables/counters.ts";
import { type Iptables, parseIptablesSave } from "../dialects/iptables/iptables-save.ts";
import { observerOf, readRouter } from "../observe/observer.ts";
import { endsOf, operatorOf } from "../observe/operator.ts";
import { keyText, parsed, type Seen, understood } from "../observe/reading.ts";
import { readPairs, type Section, splitSections } from "../observe/sections.ts";
import type { Session } from "../ssh/session.ts";
import type { RouterSettings } from "../ssh/settings.ts";
import type { Context } from "./context.ts";

export interface Traffic {
  readonly rxBytes: number;
  readonly txBytes: number;
}

export type Carrier = "up" | "no carrier" | "down" | "missing";

export interface Look extends Seen {
  readonly session: Session;
  /** Milliseconds that the reading took. */
  readonly ms: number;
  /** Seconds since the router's boot. */
  readonly uptime: number;
  /** All rules as they stand there, a log's included, with counters; undefined for who may only look. */
  readonly counted: { readonly iptables: Iptables; readonly counts: Counts } | undefined;
  /** By device name. */
  readonly traffic: ReadonlyMap<string, Traffic>;
  carrier(device: string): Carrier;
  /** Has the address answered on the device? undefined: nobody has asked. */
  answers(address: string, device: string): boolean | undefined;
  /** Lines `key value` of the part `facts`. */
  readonly facts: ReadonlyMap<string, string>;
  readonly part: (name: string) => Section | undefined;
}

/** The router of the stack. @throws {RouterError} */
export async function lookAt(context: Pick<Context, "stack" | "session">, more?: string): Promise<Look> {
  const { settings } = context.stack();
  return look(await context.session(), settings, more);
}

/** @throws {RouterError} */
export async function look(session: Session, settings: RouterSettings, more = ""): Promise<Look> {
  const nonce = randomBytes(8).toString("hex");
  const script = `${moreScript(nonce, observerOf(settings) === undefined)}\n${more}`;
  const { stdout, stderr, ms } = await readRouter(session, settings, nonce, script);
  const seen = understood(parsed(stdout, nonce, session.router, stderr), session.router, keyText(session.hostKey));
  const sections = splitSections(stdout, nonce);
  const text = (name: string) => sections.get(name)?.text ?? "";
  const save = text(`counters-${seen.snapshot.capabilities.iptables.command}`);
  const flags = flagsOf(text("addresses"));
  const arp = text("arp")
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  return {
    ...seen,
    operator: await operatorOf(settings, await endsOf(session, settings), session.peer),
    session,
    ms,
    uptime: Number.parseFloat(text("uptime").trim()) || 0,
    counted: save.includes("COMMIT")
      ? { iptables: parseIptablesSave(save, () => undefined), counts: parseCounts(save) }
      : undefined,
    traffic: trafficOf(text("devices")),
    carrier: (device) => {
      const of = flags.get(device);
      return of === undefined
        ? "missing"
        : !of.includes("UP")
          ? "down"
          : of.includes("NO-CARRIER")
            ? "no carrier"
            : "up";
    },
    answers: (address, device) => {
      const entry = arp.find((words) => words[0] === address && words[5] === device);
      return entry && (Number.parseInt(entry[2] ?? "", 16) & 2) !== 0;
    },
    facts: readPairs(text("facts-more")),
    part: (name) => sections.get(name),
  };
}

/** Only reads. POSIX sh, dash and busybox; the counters cost a second iptables-save of each variant that has rules. */
function moreScript(nonce: string, root: boolean): string {
  return `mark() { printf '\\n@@${nonce} %s %s\\n' "$1" "$2"; }
has() { command -v "$1" >/dev/null 2>&1; }
mark more 0
cat /proc/uptime; mark uptime 0
cat /proc/net/dev; mark devices 0
cat /proc/net/arp 2>/dev/null; mark arp 0
${root ? COUNTERS : ""}`;
}

/** As in the snapshot's script: only the tables that are there are read, so that looking makes none. */
const COUNTERS = `legacy=
[ -r /proc/net/ip_tables_names ] && read -r legacy </proc/net/ip_tables_names
for c in iptables iptables-nft iptables-legacy ''; do has "$c" && break; done
if [ -n "$c" ]; then
  case $($c -V 2>&1) in
    *nf_tables*)
      $c-save -c; mark "counters-$c" $?
      [ -n "$legacy" ] && has iptables-legacy-save && { iptables-legacy-save -c; mark counters-iptables-legacy $?; };;
    *)
      if [ -n "$legacy" ]; then $c-save -c; mark "counters-$c" $?; fi
      has iptables-nft-save && { iptables-nft-save -c; mark counters-iptables-nft $?; };;
  esac
fi 2>/dev/null`;

function flagsOf(addresses: string): ReadonlyMap<string, readonly string[]> {
  const heads = addresses.split("\n").flatMap((line) => parseDeviceHead(line) ?? []);
  return new Map(heads.map(({ name, flags }) => [name, flags]));
}

/** /proc/net/dev: `  eth1:  rx-bytes packets ... (8 numbers) tx-bytes packets ...`. */
function trafficOf(text: string): ReadonlyMap<string, Traffic> {
  const lines = text.split("\n").flatMap((line) => {
    const match = /^\s*([^\s:]+):\s*(\d[\d\s]*)$/.exec(line);
    const numbers = (match?.[2] ?? "").trim().split(/\s+/).map(Number);
    return match && numbers.length >= 16 ? [[match[1]!, { rxBytes: numbers[0]!, txBytes: numbers[8]! }] as const] : [];
  });
  return new Map(lines);
}
