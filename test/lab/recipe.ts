/**
 * The write-up's configuration as an administrator types it: what the lab's own tests prove the lab with, and what a
 * test of the product can compare with. Shell for `router.exec`, one concern per constant.
 */
export const LOOSE = "for dev in eth1 eth2; do echo 2 > /proc/sys/net/ipv4/conf/$dev/rp_filter; done";

export const MAP = `
ip addr add 123.234.1.11/32 dev eth1
ip addr add 216.111.1.11/32 dev eth2
for address in 123.234.1.11 216.111.1.11; do
  for proto in tcp udp; do
    iptables -t nat -A PREROUTING -d $address -p $proto --dport 1494 -j DNAT --to-destination 172.16.1.131
  done
done
iptables -t nat -A POSTROUTING -o eth1 -s 172.16.1.0/24 -j SNAT --to-source 123.234.1.11
iptables -t nat -A POSTROUTING -o eth2 -s 172.16.1.0/24 -j SNAT --to-source 216.111.1.11
`;

export const TABLES = `
printf '1 wan_one\\n2 wan_two\\n' >> /etc/iproute2/rt_tables
ip route add 172.16.1.0/24 dev eth0 scope link table wan_one
ip route add default via 149.99.251.145 dev eth1 table wan_one
ip route add 172.16.1.0/24 dev eth0 scope link table wan_two
ip route add default via 66.119.160.1 dev eth2 table wan_two
ip rule add fwmark 1 table wan_one prio 1024
ip rule add fwmark 2 table wan_two prio 1025
`;

/** The six-rule chain. */
export const MARKS = `
iptables -t mangle -A PREROUTING -j CONNMARK --restore-mark
iptables -t mangle -A PREROUTING -m mark --mark 1 -j ACCEPT
iptables -t mangle -A PREROUTING -i eth1 -j MARK --set-mark 1
iptables -t mangle -A PREROUTING -m mark --mark 2 -j ACCEPT
iptables -t mangle -A PREROUTING -i eth2 -j MARK --set-mark 2
iptables -t mangle -A PREROUTING -j CONNMARK --save-mark
`;

export const DEFAULT_ISP1 = "default via 149.99.251.145 dev eth1";
export const DEFAULT_ISP2 = "default via 66.119.160.1 dev eth2";
