/** Routers that are made to have something, each with what the doctor says of it. */
import type { Patient } from "../../provider/cli/doctor/patient.ts";
import type { Site } from "../../provider/site/schema.ts";
import { type Altered, lock, NOW } from "./altered.ts";

type Make = (d: Altered) => Patient;
type Case = readonly [what: string, make: Make, said: RegExp];

/** Told as notes. */
export const NOTES: readonly Case[] = [
  [
    "no -w",
    (d) => d.patient({}, d.able({ iptables: { ...d.seen.snapshot.capabilities.iptables, wait: false } })),
    /-w/,
  ],
  ["no conntrack", (d) => d.patient({}, d.able({ conntrack: false })), /no conntrack command/],
  ["conntrack not loaded", (d) => d.patient(d.facts({}, { "conntrack-max": "" })), /not loaded yet/],
  ["read-only root", (d) => d.patient(d.facts({ rootReadOnly: true })), /made writable for the moment/],
  ["clock", (d) => d.patient(d.facts({}, { clock: String(NOW - 7200) })), /2h 0m behind/],
  [
    "no INVALID drop",
    (d) => d.patient({}, { iptables: { ...d.seen.snapshot.iptables, filter: { chains: new Map() } } }),
    /INVALID/,
  ],
  [
    "nothing at boot",
    (d) => d.patient({ site: { ...d.site, persist: false } }, { boot: { hooks: [], files: [], text: undefined } }),
    /nothing brings the managed lines back/,
  ],
];

/** What the router cannot do. */
export const ABILITIES: readonly Case[] = [
  ["forwarding off", (d) => d.patient({}, d.withSysctl({ "net.ipv4.ip_forward": "0" })), /^problem: .*nothing passes/],
  [
    "table nearly full",
    (d) => d.patient(d.facts({}, { "conntrack-count": "90", "conntrack-max": "100" })),
    /^warning: 90 of 100/,
  ],
  ["disk nearly full", (d) => d.patient(d.facts({ free: new Map([["/", 500]]) })), /^warning: only .* on the disk/],
  ["disk full", (d) => d.patient(d.facts({ free: new Map([["/", 0]]) })), /^problem: only 0B/],
  [
    "both variants",
    (d) => d.patient({}, d.able({ iptables: { ...d.seen.snapshot.capabilities.iptables, bothVariants: true } })),
    /^warning: both variants/,
  ],
  [
    "networkd",
    (d) =>
      d.patient({}, d.able({ daemons: ["systemd-networkd"], networkd: { deletesRules: true, deletesRoutes: true } })),
    /^warning: systemd-networkd/,
  ],
  [
    "no module",
    (d) => ({ ...d.patient(d.facts({}, { "module-xt_connmark": "no" })), manifest: new Map() }),
    /^problem: .*xt_connmark/,
  ],
  [
    "strict on an old kernel",
    (d) => d.patient({ site: strict(d.site) }, d.able({ kernel: "2.6.32" })),
    /^problem: .*2\.6\.33/,
  ],
];

/** Links, and what the site declares. */
export const DECLARED: readonly Case[] = [
  ["a link is down", (d) => d.patient({ carrier: () => "down" }), /^warning: wan_two: eth2 is down/],
  [
    "a gateway is silent",
    (d) => d.patient({ answers: () => false }),
    /^warning: wan_one: the gateway 149\.99\.251\.145 does not answer/,
  ],
  [
    "a device is missing",
    (d) => d.patient({ site: { ...d.site, lan: { device: "eth9", networks: ["172.16.1.0/24"] } } }),
    /^problem: multiwan:site\.lan.*no device eth9/,
  ],
  [
    "a rule in the way",
    (d) =>
      d.patient(
        {},
        { rules: [...d.seen.snapshot.rules, { kind: "rule", priority: 1024, from: "10.0.0.0/8", table: 254 }] },
      ),
    /^problem: multiwan:site\.links\.wan_one\.priority: 1024 is taken/,
  ],
  [
    "a writer of the whole mark",
    (d) =>
      d.patient(
        {},
        d.withRules("mangle", "PREROUTING", "-j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff"),
      ),
    /^problem: multiwan:site\.mask: .*whole mark/,
  ],
  [
    "a neighbour's bits",
    (d) =>
      d.patient(
        {},
        { devices: [...d.seen.snapshot.devices, { name: "tailscale0", up: true, type: "none", pointToPoint: true }] },
      ),
    /^warning: Tailscale is here: marks in 0xff0000/,
  ],
];

export const PITFALLS: readonly Case[] = [
  [
    "strict filter, not the default",
    (d) => d.patient({ site: left(d.site) }, d.withSysctl({ "net.ipv4.conf.eth2.rp_filter": "1" })),
    /^problem: wan_two: its reverse path filter is strict/,
  ],
  [
    "strict by all, the default",
    (d) =>
      d.patient(
        { site: left(d.site) },
        d.withSysctl({ "net.ipv4.conf.all.rp_filter": "1", "net.ipv4.conf.eth1.rp_filter": "0" }),
      ),
    /^warning: wan_one: .*all 1, eth1 0.*as soon as/,
  ],
  [
    "reply-only cannot be strict",
    (d) =>
      d.patient(
        { site: { ...left(d.site), marking: "reply-only" } },
        d.withSysctl({ "net.ipv4.conf.eth2.rp_filter": "1", "net.ipv4.conf.eth2.src_valid_mark": "1" }),
      ),
    /^problem: wan_two: .*reply-only/,
  ],
  [
    "strict inside, tables without the LAN",
    (d) =>
      d.patient(
        {},
        {
          ...d.withSysctl({ "net.ipv4.conf.eth0.rp_filter": "1", "net.ipv4.conf.eth0.src_valid_mark": "1" }),
          routes: d.seen.snapshot.routes.filter(
            ({ table, destination }) => !(table === 2 && destination === "172.16.1.0/24"),
          ),
        },
      ),
    /^problem: eth0 is strict and looks at marks.*wan_two/,
  ],
  [
    "a service on every address",
    (d) => d.patient(d.facts({ wildcardUdp: [53] })),
    /^warning: UDP port 53 of the router is open on wan_two/,
  ],
  [
    "NOTRACK",
    (d) => d.patient({}, d.withRules("raw", "PREROUTING", "-i eth1 -p udp -j CT --notrack")),
    /^warning: "-t raw .*out of connection tracking/,
  ],
  [
    "clamp with another MTU",
    (d) =>
      d.patient(
        d.facts({
          mtu: new Map([
            ["eth1", 1500],
            ["eth2", 1400],
          ]),
        }),
        d.withRules("mangle", "FORWARD", "-p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu"),
      ),
    /^warning: .*wan_two has an MTU of 1400/,
  ],
  [
    "flow offload",
    (d) => d.patient({}, d.withRules("filter", "FORWARD", "-j FLOWOFFLOAD")),
    /^warning: connections are offloaded/,
  ],
  [
    "flowtable",
    (d) => d.patient(d.facts({}, { offload: "nft" })),
    /^warning: connections are offloaded \(an nft flowtable/,
  ],
  [
    "whole mark without a site",
    (d) =>
      d.patient({ site: undefined }, d.withRules("mangle", "PREROUTING", "-i eth3 -j MARK --set-xmark 0x1/0xffffffff")),
    /^warning: .*writes the whole mark/,
  ],
];

/** Looks like a pitfall, and is none. */
export const HARMLESS: readonly (readonly [what: string, make: Make])[] = [
  [
    "NOTRACK of a device that is none of ours",
    (d) => d.patient({}, d.withRules("raw", "PREROUTING", "-i eth3 -j CT --notrack")),
  ],
  [
    "a service that INPUT shuts",
    (d) =>
      d.patient(
        d.facts({ wildcardUdp: [53] }),
        d.withRules("filter", "INPUT", "-i eth2 -p udp -m udp --dport 53 -j DROP"),
      ),
  ],
  ["DHCP, and a client's own port", (d) => d.patient(d.facts({ wildcardUdp: [67, 68, 40000] }))],
  [
    "a clamp where all MTUs are alike",
    (d) =>
      d.patient(
        {},
        d.withRules("mangle", "FORWARD", "-p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu"),
      ),
  ],
];

/** Of earlier changes. */
export const LEFT_BEHIND: readonly Case[] = [
  [
    "a lock past its time",
    (d) => d.patient(d.facts({ lock: lock(1, d.seen.snapshot.bootId) })),
    /^warning: the lock of anna@laptop was left behind/,
  ],
  ["a lock of another boot", (d) => d.patient(d.facts({ lock: lock(1e9, "zz") })), /^warning: the lock of anna@laptop/],
  [
    "a change that hangs",
    (d) => d.patient(d.facts({ transactions: [{ name: "tx.aa", phase: "armed" }] })),
    /^problem: .*never confirmed \(armed\)/,
  ],
  [
    "a way back that failed",
    (d) => d.patient(d.facts({ reverted: "stuck" })),
    /^problem: .*could not take all of it back/,
  ],
  [
    "a damaged boot file",
    (d) => d.patient(d.facts({}, { "file:/etc/multiwan/boot": "damaged" })),
    /^problem: \/etc\/multiwan\/boot is damaged/,
  ],
  [
    "an edited boot file",
    (d) => d.patient({}, { boot: { ...d.seen.snapshot.boot, text: `${d.seen.snapshot.boot.text}ip rule flush\n` } }),
    /^warning: a reboot would not bring back/,
  ],
  [
    "a line that is gone",
    (d) => d.patient({}, { rules: d.seen.snapshot.rules.filter(({ priority }) => priority !== 1025) }),
    /^warning: the router is not as it was left/,
  ],
];

function strict(site: Site): Site {
  const { wan_one, ...rest } = site.links;
  return { ...site, links: { wan_one: { ...wan_one!, reversePath: "strict" }, ...rest } };
}

export function left(site: Site): Site {
  const links = Object.entries(site.links).map(([name, link]) => [name, { ...link, reversePath: "leave" as const }]);
  return { ...site, links: Object.fromEntries(links) };
}
