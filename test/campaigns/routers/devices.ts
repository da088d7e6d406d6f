/** Devices and addresses that are none of the site's. */
import { type Dimension, value } from "./value.ts";

export const DEVICES: Dimension = {
  name: "devices",
  some: [0, 4],
  values: [
    value("bridge", "ip link add br0 type bridge; ip addr add 10.30.0.1/24 dev br0; ip link set br0 up"),
    value(
      "bridge with a port",
      `ip link add br1 type bridge; ip link add vport0 type veth peer name vport1; ip link set vport0 master br1
ip link set br1 up; ip link set vport0 up; ip link set vport1 up; ip addr add 10.31.0.1/24 dev br1`,
    ),
    value(
      "macvlan named as a VLAN",
      "ip link add link eth3 name eth3.7 type macvlan; ip link set eth3.7 up; ip addr add 10.32.0.1/24 dev eth3.7",
    ),
    value(
      "bridge named as a bond",
      "ip link add bond0 type bridge; ip link set bond0 up; ip addr add 10.33.0.1/24 dev bond0",
    ),
    value("ifb, down", "ip link add ifb9 type ifb"),
    value(
      "tunnel, point to point",
      "ip tuntap add tun0 mode tun; ip addr add 10.8.0.1 peer 10.8.0.2 dev tun0; ip link set tun0 up",
    ),
    value("tap", "ip tuntap add tap0 mode tap; ip addr add 10.34.0.1/24 dev tap0; ip link set tap0 up"),
    value(
      "vxlan",
      "ip link add vxlan9 type vxlan id 9 dstport 4789; ip addr add 10.35.0.1/24 dev vxlan9; ip link set vxlan9 up",
    ),
    value("a name with @", "ip link add 'at@home' type bridge; ip addr add 10.36.0.1/24 dev 'at@home'"),
    value("a name with dot and plus", "ip link add wan.x+odd type bridge; ip addr add 10.37.0.1/24 dev wan.x+odd"),
    value("a name like an option", "ip link add name -x type bridge; ip link set dev -x up"),
    value("another mtu and queue", "ip link set eth3 mtu 1400 txqueuelen 77"),
    value("a queueing discipline", "tc qdisc add dev eth3 root tbf rate 900mbit burst 100k latency 50ms"),
  ],
};

export const ADDRESSES: Dimension = {
  name: "addresses",
  some: [0, 5],
  values: [
    value("label", "ip addr add 10.40.0.1/24 dev eth0 label eth0:0"),
    value("label on a link", "ip addr add 10.40.1.1/24 dev eth1 label eth1:old"),
    value("broadcast of its own", "ip addr add 10.41.0.1/24 broadcast 10.41.0.99 dev eth0"),
    value("broadcast and label", "ip addr add 10.41.1.1/24 broadcast + label eth1:b dev eth1"),
    value("peer", "ip addr add 10.42.0.1 peer 10.42.9.9 dev eth3"),
    value("secondary", "ip addr add 10.43.0.1/24 dev eth3; ip addr add 10.43.0.2/24 dev eth3"),
    value(
      "secondary on the LAN",
      "ip addr add 172.16.1.2/24 dev eth0 2>/dev/null || ip addr add 172.16.1.2/24 dev br-lan",
    ),
    value("deprecated", "ip addr add 10.44.0.1/24 dev eth3 preferred_lft 0"),
    value("lifetimes", "ip addr add 10.45.0.1/24 dev eth3 valid_lft 86400 preferred_lft 43200"),
    value("scope link", "ip addr add 169.254.7.7/16 dev eth0 scope link"),
    value("scope host on lo", "ip addr add 10.46.0.1/32 dev lo scope host"),
    value("global on lo", "ip addr add 10.46.1.1/32 dev lo"),
    value("without its route", "ip addr add 10.47.0.1/24 dev eth0 noprefixroute"),
    value("with a metric", "ip addr add 10.48.0.1/24 dev eth0 metric 700"),
    value("one of many on a link", "for i in 1 2 3; do ip addr add 10.49.0.$i/32 dev eth2; done"),
    value("one of the site's own, already there", "ip addr add 123.234.1.11/32 dev eth1"),
    value("one of the site's own, with a label", "ip addr add 123.234.1.12/32 dev eth1 label eth1:svc"),
  ],
};
