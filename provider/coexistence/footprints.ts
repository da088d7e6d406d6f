/**
 * What other programs leave on a router, so that a collision can be told by the name of its owner. One table; whoever
 * knows another program adds an entry. Numbers and names are those that the program's own sources write.
 */
import { MAIN_TABLE, type RuleLine } from "../model/line.ts";

export interface Footprint {
  /** As the program is called: `Tailscale`. */
  readonly name: string;
  /** Chains of its own, in whatever table. */
  readonly chains?: RegExp;
  /** Comments on its iptables rules. */
  readonly comments?: RegExp;
  /** Tables of its own in nft, `family name`: seen by name only. */
  readonly nft?: RegExp;
  /** Names that it gives to devices. */
  readonly devices?: RegExp;
  /** Names that it gives to routing tables. */
  readonly tableNames?: RegExp;
  /** Numbers of its routing tables, first and last. */
  readonly tables?: readonly [first: number, last: number];
  /** Bits of marks that are its own. */
  readonly mask?: number;
  /** Programs that run for it. */
  readonly daemons?: readonly string[];
  /** A policy rule that nobody else writes like this. */
  readonly rule?: (rule: RuleLine) => boolean;
  /** A policy rule that fits, but fits others as well: counts only where something else shows that the program is there. */
  readonly maybeRule?: (rule: RuleLine) => boolean;
}

const within = (value: number | undefined, first: number, last: number) =>
  value !== undefined && value >= first && value <= last;
/** A rule that compares nothing but bits of this mask. */
const inMask = ({ mark, mask }: RuleLine, bits: number) =>
  mark !== undefined && mask !== undefined && (mask & ~bits) === 0;
const says = ({ rest = "" }: RuleLine, words: string) => ` ${rest} `.includes(` ${words} `);

/** The first that fits counts: those with sharp marks come first. */
export const FOOTPRINTS: readonly Footprint[] = [
  {
    // util/linuxfw and router_linux.go: masks 0xff0000, table 52, priorities 5210-5270, 1310-1370 beside mwan3.
    name: "Tailscale",
    chains: /^ts-/,
    nft: /^ip6? tailscale/,
    devices: /^tailscale\d/,
    mask: 0xff0000,
    tables: [52, 52],
    daemons: ["tailscaled"],
    rule: (rule) =>
      (within(rule.priority, 5210, 5270) || within(rule.priority, 1310, 1370)) &&
      rule.priority % 20 === 10 &&
      (rule.table === 52 || inMask(rule, 0xff0000)),
  },
  {
    // mwan3 2.12 common.sh, mwan3.sh: interface n has n+1000 iif, n+2000 fwmark, n+3000 unreachable; 0x3f00.
    name: "mwan3",
    chains: /^mwan3_/,
    mask: 0x3f00,
    daemons: ["mwan3track", "mwan3rtmon"],
    rule: (rule) => within(rule.priority, 2001, 3250) && inMask(rule, 0x3f00),
    maybeRule: (rule) => within(rule.priority, 1001, 1250) && says(rule, "iif"),
  },
  {
    // pbr 1.2 /etc/init.d/pbr: tables pbr_*, marks from 0x10000 in 0xff0000, priorities from 30000 downwards.
    name: "pbr",
    chains: /^(pbr|PBR|VPR)_/,
    tableNames: /^pbr_/,
    mask: 0x00ff0000,
    rule: (rule) => within(rule.priority, 29000, 30000) && inMask(rule, 0x00ff0000),
    maybeRule: (rule) => within(rule.priority, 29000, 30000) && says(rule, "suppress_prefixlength"),
  },
  {
    // AWS VPC CNI, pkg/networkutils: 0x80, rules 512 to the pod, 1024 by mark, 1536 from the pod.
    name: "the AWS VPC CNI",
    chains: /^AWS-(SNAT|CONNMARK)-CHAIN-/,
    mask: 0x80,
    rule: (rule) => rule.priority === 1024 && rule.mark === 0x80 && rule.mask === 0x80,
    maybeRule: (rule) => rule.priority === 512 || rule.priority === 1536,
  },
  {
    // fwmark/registry: 0xffff0000, cut into fields by the felix daemon.
    name: "Calico",
    chains: /^cali-/,
    nft: /^(ip6?|inet) calico/,
    devices: /^(cali[0-9a-f]|vxlan\.calico)/,
    mask: 0xffff0000,
    daemons: ["calico-node"],
  },
  {
    // fwmark/registry, cilium's linux_defaults: 0x0f00, rules 9 and 10 to the tables 2004 and 2005.
    name: "Cilium",
    chains: /^(OLD_)?CILIUM_/,
    devices: /^(cilium_|lxc[0-9a-f]{6})/,
    mask: 0xffff1fff,
    tables: [2004, 2005],
    daemons: ["cilium-agent"],
    rule: (rule) => within(rule.table, 2004, 2005) && inMask(rule, 0xf00),
  },
  {
    // kube-proxy's iptables proxier: masquerade 0x4000, drop 0x8000.
    name: "kube-proxy",
    chains: /^KUBE-/,
    nft: /^ip6? kube-proxy/,
    mask: 0xc000,
    daemons: ["kube-proxy", "kubelet"],
  },
  {
    // containernetworking/plugins: portmap's 0x2000, chains and comments of bridge and portmap; flannel's own chains.
    name: "a CNI plugin",
    chains: /^(CNI-|FLANNEL-)/,
    comments: /^(name: ".*" id: "|CNI portfwd|flanneld )/,
    nft: /^inet cni_hostport/,
    devices: /^(cni\d|flannel\.\d)/,
    mask: 0x2000,
  },
  {
    // libnetwork/iptables.
    name: "Docker",
    chains: /^DOCKER(-|_|$)/,
    nft: /^ip6? docker-bridges/,
    devices: /^(docker\d|docker_gwbridge|br-[0-9a-f]{12}$)/,
    daemons: ["dockerd"],
  },
  {
    // wireguard-tools src/wg-quick/linux.bash: table and mark are the first free number from 51820.
    name: "wg-quick (WireGuard)",
    comments: /^wg-quick\(8\) rule for /,
    nft: /^ip6? wg-quick-/,
    tables: [51820, 51999],
    rule: (rule) => says(rule, "not") && within(rule.mark, 51820, 51999) && rule.table === rule.mark,
    maybeRule: (rule) => rule.table === MAIN_TABLE && says(rule, "suppress_prefixlength 0"),
  },
  {
    // NetBird, client/internal/routemanager: table 0x1bd0, marks 0x1bd00 and up.
    name: "NetBird",
    chains: /^NETBIRD-/,
    nft: /^ip6? netbird/,
    devices: /^wt\d$/,
    tables: [0x1bd0, 0x1bd0],
    daemons: ["netbird"],
    rule: (rule) => rule.table === 0x1bd0,
  },
  {
    // vyos-1x python/vyos/wanloadbalance.py: link n has the mark 0xc8+n, the table 200+n, priorities 200+n and 300+n;
    // policy_route.py: the mark 0x7fffffff - table at the priority of the table.
    name: "VyOS",
    chains: /^(VYOS_|WANLOADBALANCE_)/,
    nft: /^(ip6?|inet) vyos_/,
    rule: (rule) =>
      rule.mark !== undefined &&
      rule.table !== undefined &&
      ((within(rule.table, 201, 250) && rule.mark === rule.table && rule.priority === rule.table + 100) ||
        (rule.mark === 0x7fffffff - rule.table && rule.priority === rule.table)),
    maybeRule: (rule) => within(rule.priority, 201, 250) && says(rule, "suppress_prefixlength"),
  },
  {
    // Shorewall Perl/Shorewall/{Chains,Providers}.pm: provider n at 10000+n-1, its addresses from 20000, 999 main.
    name: "Shorewall",
    chains: /^(shorewall|routemark|setstick[yo]|tc(pre|for|out|post|in))$/,
    maybeRule: (rule) =>
      (within(rule.priority, 10000, 10255) && rule.mark !== undefined) ||
      (within(rule.priority, 20000, 25000) && rule.from !== "all") ||
      within(rule.priority, 1000, 1999) ||
      rule.priority === 999 ||
      rule.priority === 32765,
  },
  {
    // foomuuri docs/example/multiple-isp.md.
    name: "Foomuuri",
    nft: /^inet foomuuri/,
    mask: 0xff00,
    daemons: ["foomuuri"],
    maybeRule: (rule) =>
      inMask(rule, 0xff00) || within(rule.priority, 1000, 1299) || within(rule.priority, 40100, 41999),
  },
  {
    // firewalld src/firewall/core/ipXtables.py.
    name: "firewalld",
    chains:
      /(_direct|_ZONES|_ZONES_SOURCE|_POLICIES_(pre|post))$|^(IN|FWD|FWDI|FWDO|PRE|POST)_[A-Za-z]+(_(log|deny|allow|pre|post))$/,
    nft: /^(ip6?|inet) firewalld/,
    daemons: ["firewalld"],
  },
  {
    // ufw src/backend_iptables.py.
    name: "ufw",
    chains: /^ufw6?-/,
  },
  {
    // firewall4's one table; a fw3 before it had these chains.
    name: "OpenWrt's firewall",
    chains: /^(zone_\w+_(src|dest|input|output|forward|prerouting|postrouting)|(pre|post)routing_\w*rule)/,
    nft: /^inet fw4/,
  },
  // Failover: they move addresses between machines (see moving.ts).
  { name: "keepalived", daemons: ["keepalived"] },
  { name: "vrrpd", daemons: ["vrrpd"] },
  { name: "ucarp", daemons: ["ucarp"] },
  { name: "Pacemaker", daemons: ["pacemakerd"] },
  { name: "libvirt", chains: /^LIBVIRT_/, nft: /^ip6? libvirt_/, devices: /^virbr\d/ },
  { name: "fail2ban", chains: /^(f2b|fail2ban)-/, nft: /^inet f2b-/ },
  {
    // nm-l3cfg.c signs rules and routes with `proto static`, as networkd does: the daemon that runs decides.
    name: "NetworkManager",
    daemons: ["NetworkManager"],
    maybeRule: (rule) => says(rule, "proto static"),
  },
  {
    name: "systemd-networkd",
    daemons: ["systemd-networkd"],
    maybeRule: (rule) => says(rule, "proto static"),
  },
];

/** Programs that sign what they write with a protocol of their own (iproute2's rt_protos). */
export const PROTOCOLS: ReadonlyMap<string, string> = new Map([
  ["dhcp", "a DHCP client"],
  ["zebra", "FRR"],
  ["bgp", "FRR"],
  ["ospf", "FRR"],
  ["isis", "FRR"],
  ["rip", "FRR"],
  ["bird", "BIRD"],
  ["babel", "babeld"],
  ["keepalived", "keepalived"],
  ["openr", "Open/R"],
  ["ra", "IPv6 router advertisements"],
]);
