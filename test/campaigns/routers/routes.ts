/** Routes: the main table's defaults, and all that may stand beside them. */
import { type Dimension, value } from "./value.ts";

const ONE = "149.99.251.145 dev eth1";
/** The second link may be on another device than eth2: the kernel knows which. */
const TWO = "66.119.160.1";

export const DEFAULTS: Dimension = {
  name: "default route",
  some: [1, 1],
  values: [
    value("none", ":"),
    value("by the first link", `ip route add default via ${ONE}`, { weight: 2 }),
    value("by the second link", `ip route add default via ${TWO}`, { weight: 2 }),
    value("by the first link, metric 100", `ip route add default via ${ONE} metric 100`),
    value(
      "two, metrics 100 and 200",
      `ip route add default via ${ONE} metric 100; ip route add default via ${TWO} metric 200`,
    ),
    value(
      "metric 0 and the same with metric 100",
      `ip route add default via ${ONE}; ip route add default via ${ONE} metric 100`,
    ),
    value("by DHCP, proto and src", `ip route add default via ${ONE} proto dhcp src 149.99.251.146 metric 1024`),
    value("proto static with mtu", `ip route add default via ${ONE} proto static mtu 1400`),
    value("onlink", "ip route add default via 149.99.251.77 dev eth1 onlink metric 300"),
    value("by the operator's side", "ip route add default via 192.168.99.2 dev eth3 metric 50"),
    value(
      "multipath, metric 400",
      `ip route add default metric 400 nexthop via ${ONE} weight 1 nexthop via ${TWO} weight 3`,
    ),
    value(
      "twins by tos",
      `ip route add default via ${ONE} metric 60; ip route add default tos 0x10 via ${TWO} metric 60`,
    ),
    value("twins of metric 0", `ip route add default via ${ONE}; ip route append default dev eth3 scope link`),
    value("twins appended", `ip route add default via ${ONE} metric 70; ip route append default via ${TWO} metric 70`),
  ],
};

export const ROUTES: Dimension = {
  name: "routes",
  some: [0, 6],
  values: [
    value("unreachable default, last", "ip route add unreachable default metric 4278198272"),
    value(
      "blackholes of private networks",
      "ip route add blackhole 10.0.0.0/8 metric 255; ip route add blackhole 192.168.0.0/16",
    ),
    value("prohibit", "ip route add prohibit 10.50.0.0/16"),
    value("throw in a table", "ip route add throw 10.51.0.0/16 table 77"),
    value(
      "a foreign table",
      "ip route add default via 192.168.99.2 dev eth3 table 77; ip route add 10.52.0.0/16 dev eth3 table 77",
    ),
    value("behind an inner router", "ip route add 10.53.0.0/16 via 172.16.1.50"),
    value("multipath", "ip route add 10.54.0.0/16 nexthop via 172.16.1.50 weight 1 nexthop via 192.168.99.2 weight 3"),
    value("mtu, advmss, window", "ip route add 10.55.0.0/16 via 172.16.1.50 mtu 1400 advmss 1300 window 9000"),
    value("mtu lock", "ip route add 10.56.0.0/16 via 172.16.1.50 mtu lock 1400"),
    value("rto_min", "ip route add 10.57.0.0/16 via 172.16.1.50 rto_min 300ms"),
    value("congctl", "ip route add 10.58.0.0/16 via 172.16.1.50 congctl cubic initcwnd 10"),
    value("realm", "ip route add 10.59.0.0/16 via 172.16.1.50 realm 5"),
    value("tos", "ip route add 10.60.0.0/16 tos 0x10 via 172.16.1.50; ip route add 10.60.0.0/16 via 172.16.1.130"),
    value("by a nexthop", "ip nexthop add id 10 via 172.16.1.50 dev $LAN; ip route add 10.61.0.0/16 nhid 10"),
    value(
      "by a group of nexthops",
      "ip nexthop add id 11 via 172.16.1.50 dev $LAN; ip nexthop add id 12 via 172.16.1.51 dev $LAN; ip nexthop add id 20 group 11/12; ip route add 10.62.0.0/16 nhid 20",
    ),
    value(
      "via inet6",
      "echo 0 >/proc/sys/net/ipv6/conf/eth3/disable_ipv6; ip route add 10.63.0.0/16 via inet6 fe80::1 dev eth3",
    ),
    value("encapsulated", "ip route add 10.64.0.0/16 encap ip id 5 dst 192.168.99.2 dev eth3"),
    value("local in a table", "ip route add local 10.65.0.0/16 dev lo table 78"),
    value("local in table local", "ip route add local 10.66.0.0/16 dev lo table local"),
    value("multicast", "ip route add multicast 239.0.0.0/8 dev eth0"),
    value("broadcast", "ip route add broadcast 10.67.255.255 dev eth0 table local"),
    value(
      "of a routing daemon",
      "ip route add 10.68.0.0/16 via 172.16.1.50 proto bird metric 32; ip route add 10.68.0.0/16 via 172.16.1.130 proto bgp metric 20",
    ),
    value("with a source", "ip route add 10.69.0.0/16 via 172.16.1.50 src 172.16.1.1"),
    value(
      "with an address as source that the site has",
      "ip addr show | grep -q '123.234.1.12/' || ip addr add 123.234.1.12/32 dev eth1; ip route add 10.70.0.0/16 via 172.16.1.50 src 123.234.1.12",
    ),
    value(
      "onlink and scope",
      "ip route add 10.71.0.0/16 via 10.99.0.1 dev eth3 onlink; ip route add 10.72.0.0/16 dev eth3 scope link",
    ),
    value("a table with a large number", "ip route add 10.73.0.0/16 dev eth3 table 4000000000"),
    value("a router's host routes", "ip route add 10.74.0.1/32 dev eth3; ip route add 10.74.0.2/32 via 10.74.0.1"),
  ],
};
