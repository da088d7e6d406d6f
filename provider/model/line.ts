import type { PacketRule } from "./packet-rule.ts";

/**
 * The lines a router is made of, as values. A resource owns some of them (its *fragment*); a router has
 * all of them (its *snapshot*). Each kind of line is parsed and formatted in the file of its name.
 */
export type Line = AddressLine | SysctlLine | TableNameLine | RouteLine | RuleLine | ChainLine | HookLine | FileLine;

/** An IPv4 address on a device, in the words of `ip addr show`: `inet 123.234.1.11/32 scope global eth1`. */
export interface AddressLine {
  readonly kind: "address";
  readonly device: string;
  readonly address: string;
  /** Prefix length, 0 to 32; that of the peer where there is one. */
  readonly prefix: number;
  /** `global` unless given. */
  readonly scope?: string;
  /** What else the router printed (peer, brd, label, flags), in words of `ip addr add`: never in a managed line. */
  readonly rest?: string;
}

/** A kernel setting, in the words of `sysctl`: `net.ipv4.conf.eth1.rp_filter = 2`. */
export interface SysctlLine {
  readonly kind: "sysctl";
  /** Dotted key; a dot inside a device name is written `/`, as sysctl(8) does. */
  readonly key: string;
  readonly value: string;
}

/** A line of /etc/iproute2/rt_tables: `1 wan_one`. */
export interface TableNameLine {
  readonly kind: "table-name";
  readonly id: number;
  readonly name: string;
}

export type RouteType =
  | "unicast"
  | "unreachable"
  | "blackhole"
  | "prohibit"
  | "throw"
  | "local"
  | "broadcast"
  | "multicast"
  | "anycast"
  | "nat";

/** A route, in the words of `ip route show`: `default via 149.99.251.145 dev eth1 table wan_one`. */
export interface RouteLine {
  readonly kind: "route";
  readonly type: RouteType;
  /** `default` or `a.b.c.d/len`. */
  readonly destination: string;
  readonly gateway?: string;
  readonly device?: string;
  /** Table id; 254 is main, which `ip route show` does not print. */
  readonly table: number;
  /** `boot` is not printed by the kernel's tools and is the same as none here. */
  readonly protocol?: string;
  readonly scope?: string;
  readonly source?: string;
  /** 0 (not printed) unless given; busybox prints it signed, we do not. */
  readonly metric: number;
  readonly onlink: boolean;
  /** What else the router printed (mtu, multipath, flags that are not state): never in a line of ours. */
  readonly rest?: string;
  /** A next hop's device is down at the moment. Not part of what the line is. */
  readonly dead?: true;
}

/** A policy rule, in the words of `ip rule show`: `1024: from all fwmark 0x1 lookup wan_one`. */
export interface RuleLine {
  readonly kind: "rule";
  readonly priority: number;
  /** `all` or an address or prefix (no /32). */
  readonly from: string;
  readonly to?: string;
  readonly mark?: number;
  /** 0xffffffff, which is not printed, unless given. */
  readonly mask?: number;
  /** Table id, for the action `lookup`; undefined for unreachable, goto and the like, which then stand in `rest`. */
  readonly table?: number;
  /** What else the router prints (not, iif, suppress_prefixlength, proto), as words and values. */
  readonly rest?: string;
  /** All that stands behind the priority, where no parser knows it: only shown, never written and never judged. */
  readonly unknown?: string;
}

export type IptablesTable = "raw" | "mangle" | "nat" | "filter";

/** A chain of our own with its rules in order. */
export interface ChainLine {
  readonly kind: "chain";
  readonly table: IptablesTable;
  readonly chain: string;
  readonly rules: readonly PacketRule[];
}

/** One rule of ours in a built-in chain, that jumps to a chain of ours: `-t mangle -A PREROUTING -j mw-mark`. */
export interface HookLine {
  readonly kind: "hook";
  readonly table: IptablesTable;
  /** The built-in chain. */
  readonly chain: string;
  readonly rule: PacketRule;
  /**
   * Where a rule of somebody else's stood among those of others, from 1: only in the memory of what was there before us,
   * written `-t nat -I PREROUTING 3 ...`. Not part of what the line is.
   */
  readonly position?: number;
  /** The rules of others that stood next to it then, and stayed: they may move. */
  readonly neighbours?: Neighbours;
}

/** Rules of the same built-in chain. */
export interface Neighbours {
  readonly before?: PacketRule;
  readonly behind?: PacketRule;
}

/** A file of our own, whole: `file /etc/multiwan/load 0755`, and its text behind `| `. */
export interface FileLine {
  readonly kind: "file";
  readonly path: string;
  /** Four octal digits such as 0755, or `link` for a symbolic link, whose target then is the text. */
  readonly mode: string;
  /** Ends in a newline. */
  readonly text: string;
}

/** What one resource owns, in the order in which it is shown. */
export type Fragment = readonly Line[];

/** Names of routing tables by id, from rt_tables: only for showing, an id is what counts. */
export type TableNames = ReadonlyMap<number, string>;

/** Where the last of the kernel's own rules looks, and nothing is. */
export const DEFAULT_TABLE = 253;
export const MAIN_TABLE = 254;
/** The kernel's own: it puts there what an address needs, and takes it away. */
export const LOCAL_TABLE = 255;
/** Of a route in a table of which only a name is known that two tables share, or none; the name then stands in `rest`. */
export const UNKNOWN_TABLE = -1;
/** What a route or a policy rule may do with a packet instead of sending it on: its way ends there. */
export const VERDICTS: readonly string[] = ["unreachable", "blackhole", "prohibit"];
export const FULL_MASK = 0xffffffff;

/** A default route of the main table: what packets without a mark leave by. */
export function isMainDefault(line: Line): line is RouteLine {
  return line.kind === "route" && line.table === MAIN_TABLE && line.destination === "default";
}
