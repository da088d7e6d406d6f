/** The tables of iptables: absent, empty or full of what others have put there; policies; native tables of nft. */
import { type Dimension, type Value, value } from "./value.ts";

const HOOKS: Readonly<Record<string, string>> = {
  raw: "PREROUTING OUTPUT",
  mangle: "PREROUTING INPUT FORWARD OUTPUT POSTROUTING",
  nat: "PREROUTING INPUT OUTPUT POSTROUTING",
  filter: "INPUT FORWARD OUTPUT",
  security: "INPUT FORWARD OUTPUT",
};

/** Every rule concerns 10.0.0.0/8 or nothing at all. */
const FULL: Readonly<Record<string, string>> = {
  raw: `:RAWLINE - [0:0]
-A PREROUTING -s 10.99.0.0/16 -j RAWLINE
-A RAWLINE -p udp -j NOTRACK
-A RAWLINE -j CT --zone 5
-A OUTPUT -d 10.99.0.0/16 -j ACCEPT`,
  mangle: `:FOREIGN_TOS - [0:0]
:qos-mark - [0:0]
-A PREROUTING -i eth3 -p tcp --dport 22 -j TOS --set-tos 0x10/0x3f
-A FORWARD -s 10.99.0.0/16 -j FOREIGN_TOS
-A FORWARD -s 10.98.0.0/16 -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
-A FOREIGN_TOS -p udp --dport 5060 -j TOS --set-tos 0x18/0x3f
-A FOREIGN_TOS -j RETURN
-A POSTROUTING -s 10.97.0.0/16 -j qos-mark
-A qos-mark -j MARK --set-xmark 0x10000/0xff0000
-A qos-mark -j CLASSIFY --set-class 1:1
-A OUTPUT -d 10.97.0.0/16 -j DSCP --set-dscp 0x05`,
  nat: `:FOREIGN_DNAT - [0:0]
:CNI-DN - [0:0]
-A PREROUTING -i eth3 -p tcp --dport 8443 -j FOREIGN_DNAT
-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-DN
-A POSTROUTING -s 10.99.0.0/16 -o eth3 -j MASQUERADE
-A POSTROUTING -s 10.98.0.0/16 -o eth3 -j SNAT --to-source 192.168.99.1
-A POSTROUTING -s 10.97.0.0/16 -o eth3 -j NETMAP --to 10.96.0.0/16
-A FOREIGN_DNAT -d 10.99.0.1/32 -p tcp -j DNAT --to-destination 172.16.1.50:443
-A CNI-DN -d 10.99.0.2/32 -p tcp --dport 80 -j REDIRECT --to-ports 8080
-A OUTPUT -d 10.99.0.3/32 -j DNAT --to-destination 10.99.0.4`,
  filter: `:FOREIGN_IN - [0:0]
:f2b-recidive - [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -p tcp --dport 22 -j f2b-recidive
-A INPUT -i eth3 -j FOREIGN_IN
-A FORWARD -s 10.99.0.0/16 -m comment --comment "the VPN, ask Anna" -j ACCEPT
-A FORWARD -s 10.98.0.0/16 -j REJECT --reject-with icmp-host-prohibited
-A OUTPUT -d 10.98.0.0/16 -j DROP
-A f2b-recidive -s 10.97.0.9/32 -j REJECT
-A f2b-recidive -j RETURN
-A FOREIGN_IN -p tcp -m tcp --dport 22 -j ACCEPT
-A FOREIGN_IN -p icmp -j ACCEPT`,
  security: `-A INPUT -s 10.99.0.0/16 -j ACCEPT
-A FORWARD -s 10.99.0.0/16 -j ACCEPT`,
};

/** iptables-nft makes a base chain when something is added to it, and leaves it there; legacy loads the table. */
const empty = (table: string) =>
  `for c in ${HOOKS[table]}; do $IPT -t ${table} -A $c -s 10.9.9.9; $IPT -t ${table} -D $c -s 10.9.9.9; done`;

export const restore = (table: string, lines: string) =>
  `$IPT-restore --noflush <<'END'\n*${table}\n${lines}\nCOMMIT\nEND`;

export const TABLE_STATES: readonly Dimension[] = Object.keys(HOOKS).map((table) => ({
  name: `table ${table}`,
  some: [1, 1],
  values: [value("absent", ":"), value("empty", empty(table)), value("full", restore(table, FULL[table]!))],
}));

const rule = (name: string, words: string): Value => value(name, `$IPT ${words}`);

export const ODD_RULES: Dimension = {
  name: "rules of iptables",
  some: [0, 5],
  values: [
    value("twins", "for i in 1 2; do $IPT -A FORWARD -s 10.76.0.0/16 -j ACCEPT; done"),
    value(
      "twins in mangle with another between",
      "for s in 1 2 1; do $IPT -t mangle -A PREROUTING -s 10.76.$s.0/24 -j ACCEPT; done",
    ),
    rule("hashlimit", "-A INPUT -s 10.75.0.0/16 -m hashlimit --hashlimit-above 5/sec --hashlimit-name mw -j DROP"),
    rule(
      "comment with quotes",
      "-A FORWARD -s 10.75.1.0/24 -m comment --comment 'Anna'\\''s \"VPN\" $HOME; `x`' -j ACCEPT",
    ),
    rule("recent", "-A INPUT -s 10.75.2.0/24 -m recent --name ssh --set"),
    rule("string", "-A FORWARD -s 10.75.3.0/24 -m string --string 'a b' --algo bm -j DROP"),
    rule("time", "-A FORWARD -s 10.75.4.0/24 -m time --timestart 10:00 --timestop 11:00 -j DROP"),
    rule("statistic", "-t mangle -A PREROUTING -s 10.75.5.0/24 -m statistic --mode random --probability 0.5 -j ACCEPT"),
    rule("u32", "-t mangle -A PREROUTING -s 10.75.6.0/24 -m u32 --u32 '6&0xFF=0x6' -j ACCEPT"),
    rule("TPROXY", "-t mangle -A PREROUTING -s 10.75.7.0/24 -p tcp -j TPROXY --on-port 5"),
    rule("owner", "-A OUTPUT -d 10.75.8.0/24 -m owner --uid-owner 0 -j ACCEPT"),
    rule(
      "iprange and multiport",
      "-A FORWARD -p tcp -m multiport --dports 80,443 -m iprange --src-range 10.75.9.1-10.75.9.9 -j ACCEPT",
    ),
    rule("LOG and NFLOG", "-A FORWARD -s 10.75.10.0/24 -j LOG --log-prefix 'fw: drop '"),
    rule("connmark in nat", "-t nat -A PREROUTING -s 10.75.11.0/24 -j CONNMARK --set-xmark 0x10000/0xff0000"),
    rule("connlimit", "-A INPUT -s 10.75.12.0/24 -p tcp --syn -m connlimit --connlimit-above 5 -j REJECT"),
    rule(
      "policy and mac",
      "-A FORWARD -s 10.75.13.0/24 -m policy --dir in --pol ipsec -m mac --mac-source 00:11:22:33:44:55 -j ACCEPT",
    ),
    rule("a device with a plus", "-A FORWARD -i tun+ ! -o eth+ -s 10.75.14.0/24 -j ACCEPT"),
    rule("without a target", "-A FORWARD -s 10.75.15.0/24"),
    rule("goto a chain", "-N GOING"),
    rule("a mark of its own bits", "-t mangle -A PREROUTING -s 10.75.16.0/24 -j MARK --set-xmark 0x20000/0xff0000"),
    rule("an exemption before masquerade", "-t nat -A POSTROUTING -s 172.16.1.0/24 -d 10.75.17.0/24 -j ACCEPT"),
    rule("masquerade of others", "-t nat -A POSTROUTING -s 10.75.18.0/24 -o eth1 -j MASQUERADE --random"),
    rule("a chain that nobody uses", "-t nat -N UNUSED"),
    rule("rules first of all", "-t mangle -I PREROUTING 1 -s 10.75.19.0/24 -j RETURN"),
  ],
};

const LET = (chain: string, from = "") => `-A ${chain} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ${chain} ${from}-j ACCEPT`;
const SITE = "-A FORWARD -i $LAN -j ACCEPT\n-A FORWARD -d 172.16.1.0/24 -j ACCEPT";

/** What lets the operator and the site through, and nobody else. */
export const POLICIES: Dimension = {
  name: "policies",
  some: [1, 1],
  values: [
    value("ACCEPT", ":", { weight: 4 }),
    value("INPUT DROP", policy({ INPUT: `${LET("INPUT", "-i eth3 -p tcp --dport 22 ")}\n-A INPUT -i lo -j ACCEPT` })),
    value(
      "FORWARD DROP",
      policy({ FORWARD: `-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n${SITE}` }),
    ),
    value("OUTPUT DROP", policy({ OUTPUT: LET("OUTPUT", "-s 192.168.99.1 ") })),
    value(
      "all three DROP",
      policy({
        INPUT: `${LET("INPUT", "-i eth3 -p tcp --dport 22 ")}\n-A INPUT -i lo -j ACCEPT`,
        FORWARD: `-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n${SITE}`,
        OUTPUT: LET("OUTPUT", "-s 192.168.99.1 "),
      }),
    ),
  ],
};

function policy(chains: Readonly<Record<string, string>>): string {
  const heads = Object.keys(chains).map((chain) => `:${chain} DROP [0:0]`);
  return `$IPT-restore --noflush <<END\n*filter\n${heads.join("\n")}\n${Object.values(chains).join("\n")}\nCOMMIT\nEND`;
}

const nft = (name: string, lines: string): Value => value(name, `nft -f - <<'END'\n${lines}\nEND`);

export const NATIVE: Dimension = {
  name: "native nft tables",
  some: [0, 3],
  values: [
    nft(
      "inet, a firewall with sets, maps and policy drop",
      `table inet fw {
	set inside { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 172.16.0.0/12 } }
	map ports { type inet_service : verdict; elements = { 22 : accept, 25 : accept } }
	counter hits { }
	quota much { over 100 mbytes }
	limit few { rate 5/second; }
	chain input {
		type filter hook input priority 0; policy drop;
		ct state established,related accept
		iif lo accept
		tcp dport vmap @ports
		ip saddr @inside counter accept
	}
	chain forward {
		type filter hook forward priority 5; policy accept;
		meta mark & 0xff00 == 0x100 counter name hits drop
		ip saddr 10.9.9.9 limit name few accept
	}
}`,
    ),
    nft(
      "ip, nat of its own",
      `table ip mynat {
	chain pre {
		type nat hook prerouting priority -110;
		ip daddr 10.9.9.9 dnat to 10.9.9.10
	}
	chain post {
		type nat hook postrouting priority 110;
		ip saddr 10.9.9.0/24 masquerade
	}
}`,
    ),
    nft("arp", "table arp a {\n\tchain in {\n\t\ttype filter hook input priority 0;\n\t}\n}"),
    nft(
      "ip6, policy drop",
      "table ip6 six {\n\tchain f {\n\t\ttype filter hook forward priority 0; policy drop;\n\t}\n}",
    ),
    nft(
      "dormant",
      "table ip asleep {\n\tflags dormant;\n\tchain f {\n\t\ttype filter hook forward priority 0; policy drop;\n\t}\n}",
    ),
    nft("without chains", "table inet nothing {\n}"),
    nft(
      "netdev",
      "table netdev n {\n\tchain ing {\n\t\ttype filter hook ingress device eth3 priority 0;\n\t\tip saddr 10.99.99.99 drop\n\t}\n}",
    ),
    nft(
      "marks of its own bits",
      "table inet qos {\n\tchain p {\n\t\ttype filter hook postrouting priority 0;\n\t\tip daddr 10.9.8.0/24 meta mark set meta mark and 0xff00ffff or 0x10000\n\t}\n}",
    ),
  ],
};
