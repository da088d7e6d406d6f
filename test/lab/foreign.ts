/**
 * What other people configured on the router before us. A test asserts that all of it stays byte for byte, so each
 * thing sits where the product works too: the same iptables tables and hooks, the rule list, rt_tables.
 */
export const RT_TABLES = `#
# reserved values
#
255	local
254	main
253	default
0	unspec
#
# local
#
#1	inr.ruhep
`;

export const FOREIGN_RT_TABLES = `# the VPN people's table, do not touch
77	foreign_vpn
`;

const IPTABLES = `*mangle
:FOREIGN_TOS - [0:0]
-A PREROUTING -i eth3 -p tcp --dport 22 -j TOS --set-tos 0x10/0x3f
-A FORWARD -s 10.99.0.0/16 -j FOREIGN_TOS
-A FOREIGN_TOS -p udp --dport 5060 -j TOS --set-tos 0x18/0x3f
-A FOREIGN_TOS -j RETURN
COMMIT
*nat
:FOREIGN_DNAT - [0:0]
-A PREROUTING -i eth3 -p tcp --dport 8443 -j FOREIGN_DNAT
-A POSTROUTING -s 10.99.0.0/16 -o eth3 -j MASQUERADE
-A FOREIGN_DNAT -d 10.99.0.1/32 -p tcp -j DNAT --to-destination 172.16.1.50:443
COMMIT
*filter
:FOREIGN_IN - [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -i eth3 -j FOREIGN_IN
-A FORWARD -s 10.99.0.0/16 -m comment --comment "the VPN, ask Anna" -j ACCEPT
-A FOREIGN_IN -p tcp -m tcp --dport 22 -j ACCEPT
-A FOREIGN_IN -p icmp -j ACCEPT
COMMIT
`;

/** Shell commands for the router. */
export const FOREIGN_SCRIPT = `
iptables-restore --noflush <<'END'
${IPTABLES}END
ip route add default via 192.168.99.2 dev eth3 table 77
ip rule add pref 500 from 10.99.0.0/16 lookup 77
`;
