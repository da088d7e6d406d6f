import { inNet, run } from "./command.ts";
import { INTERNET, type Isp, LAN, MANAGEMENT, namespaceOf, ROLES, type Role, WANS } from "./names.ts";

export interface TopologyOptions {
  /** rp_filter of every router interface; distributions that harden set strict (1). */
  readonly rpFilter: 0 | 1 | 2;
  /** A default route the router has from the start, as the arguments of `ip route add`. */
  readonly defaultRoute: string | undefined;
  readonly isps: readonly Isp[];
}

/** Creates the namespaces, the cables between them, and everyone's addresses and routes. */
export const buildTopology = async (id: string, options: TopologyOptions): Promise<void> => {
  const ns = (role: Role) => namespaceOf(id, role);
  const cable = (a: Role, devA: string, b: Role, devB: string) =>
    `link add ${devA} netns ${ns(a)} type veth peer name ${devB} netns ${ns(b)}`;
  const roles = ROLES.filter((role) => !isIsp(role) || options.isps.includes(role));
  const lines = [
    ...roles.map((role) => `netns add ${ns(role)}`),
    cable("router", "eth0", "lan", "router"),
    ...options.isps.map((isp) => cable("router", WANS[isp].device, isp, "rtr")),
    cable("router", "eth3", "operator", "eth0"),
    ...options.isps.map((isp) => cable(isp, "net", "internet", isp)),
    ...LAN_HOSTS.map((host) => cable(host, "eth0", "lan", host)),
  ];
  await run(["ip", "-batch", "-"], { input: lines.join("\n") });
  const scripts: Readonly<Record<Role, string>> = {
    ...STATIC,
    router: routerScript(options),
    internet: internetScript(options.isps),
  };
  const inside = (role: Role, script: string) => run([...inNet(ns(role)), "sh", "-e"], { input: script });
  await Promise.all(roles.map((role) => inside(role, `${PRELUDE}\n${scripts[role]}`)));
  await Promise.all([
    inside("router", settled(...routerDevices(options.isps))),
    inside("lan", settled("router", ...LAN_HOSTS)),
  ]);
};

const isIsp = (role: Role): role is Isp => role in WANS;

const routerDevices = (isps: readonly Isp[]): string[] => ["eth0", ...isps.map((isp) => WANS[isp].device), "eth3"];

const LAN_HOSTS = ["server1", "server2", "server3", "lanhost"] as const;

// IPv6 is off: its random link-local addresses and their detection delay would make dumps and timings vary.
const PRELUDE = `
set_all() { for f in /proc/sys/net/ipv4/conf/*/"$1"; do echo "$2" > "$f"; done; }
[ ! -e /proc/sys/net/ipv6 ] || echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6
ip link set lo up`;

const batch = (...lines: readonly string[]): string => `ip -batch - <<'END'\n${lines.join("\n")}\nEND`;

/**
 * The kernel notices a new carrier up to a second late, and a bridge port stays disabled until then. Asking for one
 * device by name makes current kernels look at once; with older ones we wait.
 */
const settled = (...devices: readonly string[]): string =>
  devices.map((dev) => `until ip -o link show dev ${dev} | grep -q "state UP"; do sleep 0.02; done`).join("\n");

const routerScript = ({ rpFilter, defaultRoute, isps }: TopologyOptions): string =>
  [
    `set_all rp_filter ${rpFilter}`,
    "echo 1 > /proc/sys/net/ipv4/ip_forward",
    batch(
      `addr add ${LAN.router}/24 dev eth0`,
      ...isps.map((isp) => `addr add ${WANS[isp].router}/30 dev ${WANS[isp].device}`),
      `addr add ${MANAGEMENT.router}/24 dev eth3`,
      ...routerDevices(isps).map((dev) => `link set ${dev} up`),
      ...(defaultRoute === undefined ? [] : [`route add ${defaultRoute}`]),
    ),
  ].join("\n");

const ispScript = (isp: Isp): string => {
  const { gateway, router, block, transit } = WANS[isp];
  return [
    "set_all rp_filter 0",
    "echo 1 > /proc/sys/net/ipv4/ip_forward",
    batch(
      `addr add ${gateway}/30 dev rtr`,
      `addr add ${transit.isp}/30 dev net`,
      "link set rtr up",
      "link set net up",
      `route add ${block} via ${router}`,
      `route add default via ${transit.internet}`,
    ),
  ].join("\n");
};

const lanHostScript = (host: (typeof LAN_HOSTS)[number]): string =>
  batch(`addr add ${LAN[host]}/24 dev eth0`, "link set eth0 up", `route add default via ${LAN.router}`);

// The internet accepts what arrives from any side: only the ISPs judge sources, as in reality.
const internetScript = (isps: readonly Isp[]): string =>
  [
    "set_all rp_filter 0",
    "echo 1 > /proc/sys/net/ipv4/ip_forward",
    batch(
      ...Object.values(INTERNET).map((address) => `addr add ${address}/32 dev lo`),
      ...isps.flatMap((isp) => [
        `addr add ${WANS[isp].transit.internet}/30 dev ${isp}`,
        `link set ${isp} up`,
        `route add ${WANS[isp].block} via ${WANS[isp].transit.isp}`,
        `route add ${WANS[isp].link} via ${WANS[isp].transit.isp}`,
      ]),
    ),
  ].join("\n");

const STATIC: Readonly<Record<Exclude<Role, "router" | "internet">, string>> = {
  isp1: ispScript("isp1"),
  isp2: ispScript("isp2"),
  isp3: ispScript("isp3"),
  // A switch must not filter: with br_netfilter loaded, bridged packets would pass iptables and hide hairpin faults.
  lan: [
    "ip link add br0 type bridge",
    "for f in /proc/sys/net/bridge/bridge-nf-call-*; do [ ! -e $f ] || echo 0 > $f; done",
    batch(
      ...["router", ...LAN_HOSTS].flatMap((port) => [`link set ${port} master br0`, `link set ${port} up`]),
      "link set br0 up",
    ),
  ].join("\n"),
  server1: lanHostScript("server1"),
  server2: lanHostScript("server2"),
  server3: lanHostScript("server3"),
  lanhost: lanHostScript("lanhost"),
  operator: batch(`addr add ${MANAGEMENT.operator}/24 dev eth0`, "link set eth0 up"),
};

/** Takes a device of the router down and up as an administrator would: the kernel forgets the routes over it. */
export const flapLink = async (id: string, device: string): Promise<void> => {
  const script = [`ip link set ${device} down`, `ip link set ${device} up`, settled(device)].join("\n");
  await run([...inNet(namespaceOf(id, "router")), "sh", "-e"], { input: script });
};
