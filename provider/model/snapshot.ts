import type { AddressLine, FileLine, IptablesTable, RouteLine, RuleLine, TableNames } from "./line.ts";
import type { PacketRule } from "./packet-rule.ts";
import type { Threat } from "./threat.ts";

/** Everything the provider needs to know of a router, read in one exchange. All of it is data: nothing in it was decided. */
export interface Snapshot {
  readonly capabilities: Capabilities;
  readonly devices: readonly Device[];
  /** Names of devices that are left alone because of their names, as they came: escape before showing. */
  readonly strange?: readonly string[];
  readonly addresses: readonly (AddressLine & { readonly dynamic: boolean; readonly scope: string })[];
  /** Addresses that another program moves between machines: there or not, they are its own. */
  readonly moving?: readonly MovingAddress[];
  readonly rules: readonly RuleLine[];
  /** Lines that no parser knows, by the command that printed them: they stay, and nothing is said of packets that meet them. */
  readonly unknown?: readonly UnknownLine[];
  readonly routes: readonly RouteLine[];
  readonly tableNames: TableNamesFile;
  readonly iptables: Readonly<Partial<Record<IptablesTable, TableRules>>>;
  /** Chains that the kernel has in the tables of iptables-nft, by table, where nft tells. */
  readonly nftChains?: ReadonlyMap<string, readonly string[]>;
  /** What rules of nft's own may do to IPv4 packets, where nft tells: iptables-save shows none of them. */
  readonly native?: readonly Threat[];
  /** What policies of IPsec may do to packets, where the kernel has it. */
  readonly xfrm?: readonly Threat[];
  /** What traffic control may do to packets on the way in and out of devices, where tc tells. */
  readonly traffic?: readonly Threat[];
  /** Kernel settings by sysctl key (`net.ipv4.conf.eth1.rp_filter`), values as text. */
  readonly sysctls: ReadonlyMap<string, string>;
  /** Text of the manifest on the router, undefined where there is none. */
  readonly manifest: string | undefined;
  /** Manifests that changes were to bring whose rollback did not come to its end. */
  readonly left?: readonly string[];
  readonly boot: BootFiles;
  /** Identity of this boot (/proc/sys/kernel/random/boot_id), "" where the kernel does not tell. */
  readonly bootId: string;
  /** A hash of its machine id (machine-id(5)), where it has one that stays. */
  readonly machine?: string;
  /** The host key that it showed, `ssh-ed25519 SHA256:...`: known to the session, not to the reading. */
  readonly hostKey?: string;
  /** Inode of its network namespace, where the kernel tells. */
  readonly namespace?: string;
  /** The manifest is of another network namespace, and something on this machine still uses that one. */
  readonly namespaceSeen?: true;
  /** Another run held the lock before or after the reading: what was read may be half of its change. */
  readonly atWork?: {
    /** `anna@laptop`. */
    readonly who: string;
    /** Until the lock ends by itself. */
    readonly seconds: number;
  };
  /** A change past its time to confirm that the router has not rolled back: what was read holds it. */
  readonly unconfirmed?: { readonly who: string; readonly seconds: number };
  /** Seconds since the router's boot when the reading began. */
  readonly uptime: number;
}

export interface UnknownLine {
  /** `ip route` */
  readonly by: string;
  readonly text: string;
}

export interface MovingAddress {
  /** `keepalived`. */
  readonly by: string;
  readonly address: string;
  readonly device?: string;
}

/** What the router can do, found out in the same exchange and never asked again. */
export interface Capabilities {
  readonly kernel: string;
  readonly root: boolean;
  /** `iproute2` or `busybox`, with the version it prints. */
  readonly ip: { readonly variant: "iproute2" | "busybox"; readonly version: string };
  readonly iptables: {
    readonly variant: "legacy" | "nft";
    /** 1.8.9 */
    readonly version: string;
    /** Command names of that variant, without the suffixes -save and -restore: `iptables` or `iptables-legacy`. */
    readonly command: string;
    /** The lock option that commands take: `-w` understood or not (1.4.20). */
    readonly wait: boolean;
    /** The variant not chosen holds rules too, or could not be read: both see the packets, and neither lists the other. */
    readonly bothVariants?: true;
    /**
     * No run can work: managed lines are in the variant not chosen too (`chains` names theirs), or in that one alone, which no
     * command reads.
     */
    readonly split?: { readonly why: "both" | "unread"; readonly chains: readonly string[] };
  };
  /** Is there a `conntrack` command? */
  readonly conntrack: boolean;
  /** Where volatile state goes: a tmpfs, `/run/multiwan` or the first that fits. */
  readonly stateDir: string;
  /**
   * Network daemons seen running: `NetworkManager`, `systemd-networkd`, `connmand`, `dhclient`, `dhcpcd`, `udhcpc`, `pppd`,
   * and those of neighbours such as `tailscaled`.
   */
  readonly daemons: readonly string[];
  /** Where systemd-networkd runs: does it delete what it did not make? (networkd.conf: ManageForeign...=) */
  readonly networkd?: { readonly deletesRules: boolean; readonly deletesRoutes: boolean };
  /** Tables of nft's own, `inet fw4`, without those that iptables-nft keeps. */
  readonly nftTables?: readonly string[];
}

export interface Device {
  readonly name: string;
  readonly up: boolean;
  /** `ether`, `loopback`, `ppp`, `none`... as `ip link show` prints after `link/`. */
  readonly type: string;
  readonly pointToPoint: boolean;
  /** It is up, and nothing is connected to it. */
  readonly carrier?: false;
  /** The bridge, bond or VRF that it is in. */
  readonly master?: string;
  /** A program of XDP sees what comes in. */
  readonly xdp?: true;
  /** Daemon that has this device under its management, where it can be told. */
  readonly managedBy?: "NetworkManager" | "systemd-networkd";
}

export interface TableNamesFile {
  /** The file that the router's `ip` reads. */
  readonly path: string;
  /** Its bytes as text; undefined where there is no such file. */
  readonly text: string | undefined;
  readonly names: TableNames;
  /** Names by id that stand in a file of rt_tables.d, with its path. */
  readonly dropInOf?: ReadonlyMap<number, string>;
  /** /etc/iproute2/rt_tables, or what it leads to, cannot be written, also not with a writable root. */
  readonly fixed?: string;
  /** /etc/iproute2 is not there. */
  readonly noFolder?: true;
}

/** One iptables table; an absent table is not in the snapshot and counts as empty. */
export interface TableRules {
  readonly chains: ReadonlyMap<string, ChainRules>;
}

export interface ChainRules {
  /** ACCEPT, DROP; `-` for a chain that a user made. */
  readonly policy: string;
  /** In order. */
  readonly rules: readonly PacketRule[];
}

/** What this router has of ours, and for us, on its disk. */
export interface BootFiles {
  /** What can start us after a boot or when a link comes up; a router may have several. */
  readonly hooks: readonly BootHook[];
  /** /etc/rcS.d is there, and insserv's startpar passes over links in it that it has not registered, such as ours. */
  readonly startpar?: boolean;
  /** Those of our files that are there. */
  readonly files: readonly FileLine[];
  /** Text of the boot file, undefined where there is none. */
  readonly text: string | undefined;
  /** The boot file's path where it cannot be written, also not with a writable root. */
  readonly fixed?: string;
}

/** `ifupdown`: scripts in /etc/network/if-up.d; `systemd`: units; `sysvinit`: scripts in /etc/rcS.d. */
export type BootHook = "ifupdown" | "systemd" | "sysvinit";
