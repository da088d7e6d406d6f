/** Where names of tables are, what starts at boot, and settings of the kernel. */
import { type Dimension, plain, value } from "./value.ts";

const T = "/etc/iproute2/rt_tables";
const BASE = `printf '#\\n255\\tlocal\\n254\\tmain\\n253\\tdefault\\n0\\tunspec\\n'`;

export const RT_TABLES: Dimension = {
  name: "rt_tables",
  some: [1, 1],
  values: [
    plain("in /etc", { files: `${BASE} >${T}`, weight: 3 }),
    plain("with others' names", { files: `{ ${BASE}; printf '# do not touch\\n77\\tforeign_vpn\\n'; } >${T}` }),
    plain("missing", { files: `rm -f ${T}` }),
    plain("without its folder", { files: "rm -rf /etc/iproute2" }),
    plain("empty", { files: `: >${T}` }),
    plain("in /usr/share", {
      files: `rm -rf /etc/iproute2; mkdir -p /usr/share/iproute2; { ${BASE}; echo '77 vendor_vpn'; } >/usr/share/iproute2/rt_tables`,
    }),
    plain("in /usr/share, with a folder in /etc", {
      files: `rm -f ${T}; mkdir -p /usr/share/iproute2; { ${BASE}; echo '77 vendor_vpn'; } >/usr/share/iproute2/rt_tables`,
    }),
    plain("with drop-ins", {
      files: `${BASE} >${T}; mkdir -p /etc/iproute2/rt_tables.d; printf '77 dropped_in\\n78 more\\n' >/etc/iproute2/rt_tables.d/vpn.conf`,
    }),
    plain("with the same name twice", { files: `{ ${BASE}; printf '77 twice\\n78 twice\\n77 other\\n'; } >${T}` }),
    plain("with odd names", {
      files: `{ ${BASE}; printf '77 isp#2\\n  0x4e  hexa\\nlonely\\n79\\n\\n80 a b c\\n'; } >${T}`,
    }),
    plain("without a newline at its end", { files: `{ ${BASE}; printf '77 last'; } >${T}` }),
    plain("with carriage returns", { files: `printf '255 local\\r\\n77 dos\\r\\n' >${T}` }),
    plain("a symbolic link", {
      files: `mkdir -p /etc/iproute2.d; { ${BASE}; echo '77 linked'; } >/etc/iproute2.d/rt; ln -sf ../iproute2.d/rt ${T}`,
    }),
    plain("of another mode and owner", { files: `${BASE} >${T}; chmod 640 ${T}; chown 1:1 ${T}` }),
  ],
};

export const BOOT: Dimension = {
  name: "boot",
  some: [1, 1],
  values: [
    plain("ifupdown", { weight: 3 }),
    plain("no hook at all", { files: "rm -rf /etc/network" }),
    plain("systemd", { files: "rm -rf /etc/network; mkdir -p /run/systemd/system /etc/systemd/system" }),
    plain("sysvinit", { files: "rm -rf /etc/network; mkdir -p /etc/rcS.d /etc/init.d" }),
    plain("ifupdown and systemd", { files: "mkdir -p /run/systemd/system" }),
    plain("others' hooks", {
      files: "printf '#!/bin/sh\\n:\\n' >/etc/network/if-up.d/000vpn; chmod 755 /etc/network/if-up.d/000vpn",
    }),
    plain("a folder of others' at /etc/multiwan", { files: "mkdir -p /etc/multiwan; echo mine >/etc/multiwan/notes" }),
  ],
};

const conf = (of: string, name: string, number: number) =>
  value(`${of} ${name}=${number}`, `echo ${number} >/proc/sys/net/ipv4/conf/${of}/${name}`);
const ip = (name: string, number: number) => value(`${name}=${number}`, `echo ${number} >/proc/sys/net/ipv4/${name}`);

export const SETTINGS: Dimension = {
  name: "settings",
  some: [0, 7],
  values: [
    ...[0, 1, 2].map((n) => conf("all", "rp_filter", n)),
    ...[0, 1, 2].map((n) => conf("default", "rp_filter", n)),
    ...[0, 1, 2].map((n) => conf("eth1", "rp_filter", n)),
    ...[0, 2].map((n) => conf("eth0", "rp_filter", n)),
    conf("eth3", "rp_filter", 2),
    conf("all", "src_valid_mark", 1),
    conf("eth1", "src_valid_mark", 1),
    conf("all", "arp_ignore", 1),
    conf("all", "arp_announce", 2),
    conf("eth1", "arp_filter", 1),
    conf("eth1", "accept_local", 1),
    conf("all", "log_martians", 1),
    conf("eth0", "send_redirects", 0),
    conf("eth2", "forwarding", 1),
    ip("ip_forward", 0),
    ip("ip_forward", 1),
    ip("fwmark_reflect", 1),
    ip("tcp_fwmark_accept", 1),
    ip("ip_nonlocal_bind", 1),
    ip("fib_multipath_hash_policy", 1),
  ],
};

/** A site of somebody's hand, parts of which the declared one adopts. */
export const BY_HAND: Dimension = {
  name: "by hand, adopted",
  some: [0, 2],
  values: [
    plain("nothing", { weight: 14 }),
    value("a policy rule", "ip rule add pref 900 from 10.70.0.0/16 lookup 77", {
      adopt: ["900: from 10.70.0.0/16 lookup 77"],
    }),
    value("a rule with iif", "ip rule add pref 901 from 10.70.0.0/16 iif eth3 lookup 77", {
      adopt: ["901: from 10.70.0.0/16 iif eth3 lookup 77"],
    }),
    value("a rule with proto static", "ip rule add pref 902 from 10.70.0.0/16 lookup 77 protocol static", {
      adopt: ["902: from 10.70.0.0/16 lookup 77 proto static"],
    }),
    value("a rule with suppress_prefixlength", "ip rule add pref 903 lookup main suppress_prefixlength 0", {
      adopt: ["903: from all lookup main suppress_prefixlength 0"],
    }),
    value("a rule with ipproto", "ip rule add pref 904 from 10.70.0.0/16 ipproto tcp dport 22 lookup 77", {
      adopt: ["904: from 10.70.0.0/16 ipproto tcp dport 22 lookup 77"],
    }),
    value("a negated rule", "ip rule add pref 32810 not from 10.70.0.0/16 lookup 77", {
      adopt: ["32810: not from 10.70.0.0/16 lookup 77"],
    }),
    value("a route", "ip route add 10.71.9.0/24 via 192.168.99.2 table 77", {
      adopt: ["10.71.9.0/24 via 192.168.99.2 dev eth3 table 77"],
    }),
    value("a route with mtu and proto", "ip route add 10.71.8.0/24 via 192.168.99.2 table 77 proto static mtu 1400", {
      adopt: ["10.71.8.0/24 via 192.168.99.2 dev eth3 table 77 proto static mtu 1400"],
    }),
    value("a blackhole", "ip route add blackhole 10.71.7.0/24 table 77", {
      adopt: ["blackhole 10.71.7.0/24 table 77"],
    }),
    value("a mangle rule", "$IPT -t mangle -A PREROUTING -s 10.72.0.0/16 -j MARK --set-xmark 0x10000/0xff0000", {
      adopt: ["-t mangle -A PREROUTING -s 10.72.0.0/16 -j MARK --set-xmark 0x10000/0xff0000"],
    }),
    value(
      "a nat rule between others",
      `for n in 1 2 3; do $IPT -t nat -A POSTROUTING -s 10.73.$n.0/24 -o eth1 -j MASQUERADE; done`,
      { adopt: ["-t nat -A POSTROUTING -s 10.73.2.0/24 -o eth1 -j MASQUERADE"] },
    ),
    value(
      "one of two equal rules",
      "for i in 1 2; do $IPT -t nat -A POSTROUTING -s 10.74.0.0/24 -o eth1 -j MASQUERADE; done",
      {
        adopt: ["-t nat -A POSTROUTING -s 10.74.0.0/24 -o eth1 -j MASQUERADE"],
      },
    ),
    value(
      "an address with broadcast and label",
      "ip addr add 10.77.0.1/24 broadcast 10.77.0.255 label eth1:hand dev eth1",
      {
        adopt: ["inet 10.77.0.1/24 scope global eth1 brd 10.77.0.255 label eth1:hand"],
      },
    ),
  ],
};

/** Who else has configured this router with this provider. */
export const OTHERS: Dimension = {
  name: "another stack",
  some: [1, 1],
  values: [plain("none", { weight: 12 }), plain("a table, a rule and a chain of its own")],
};
