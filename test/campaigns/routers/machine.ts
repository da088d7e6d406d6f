/** The router's shell, tools and iptables, and whose devices the site stands on. */
import { type Dimension, plain, value } from "./value.ts";

export const SHELL: Dimension = {
  name: "sh",
  some: [1, 1],
  values: [
    plain("dash", { files: "ln -sfn dash /usr/bin/sh" }),
    plain("bash", { files: "ln -sfn bash /usr/bin/sh" }),
    plain("busybox ash", { files: "ln -sfn busybox /usr/bin/sh" }),
    plain("mksh", { files: "ln -sfn mksh /usr/bin/sh" }),
  ],
};

export const TOOLS: Dimension = {
  name: "tools",
  some: [1, 1],
  values: [plain("iproute2 and coreutils", { weight: 6 }), plain("busybox applets")],
};

export const IPTABLES: Dimension = {
  name: "iptables",
  some: [1, 1],
  values: [
    plain("nft", { weight: 4 }),
    plain("legacy", { weight: 4 }),
    value("nft, with legacy rules beside it", "iptables-legacy -A FORWARD -s 10.20.0.0/16 -j ACCEPT"),
    value(
      "legacy, with nft rules beside it",
      "iptables-nft -A FORWARD -s 10.20.0.0/16 -j ACCEPT; iptables-nft -t mangle -N BESIDE",
    ),
  ],
};

export const LAYOUT: Dimension = {
  name: "the site's devices",
  some: [1, 1],
  values: [
    plain("ethernet", { weight: 5 }),
    value(
      "the LAN on a bridge",
      `ip addr del 172.16.1.1/24 dev eth0; ip link add br-lan type bridge; ip link set eth0 master br-lan; ip link set br-lan up
ip addr add 172.16.1.1/24 dev br-lan`,
      { devices: { eth0: "br-lan" } },
    ),
    value(
      "a link on a device like a VLAN's",
      `ip addr del 66.119.160.2/30 dev eth2; ip link add link eth2 name eth2.20 type macvlan mode bridge; ip link set eth2.20 up
ip addr add 66.119.160.2/30 dev eth2.20`,
      { devices: { eth2: "eth2.20" } },
    ),
    value(
      "a link on a bridge with a name of 15 characters",
      `ip addr del 66.119.160.2/30 dev eth2; ip link add br-wan.two-long type bridge; ip link set eth2 master br-wan.two-long
ip link set br-wan.two-long up; ip addr add 66.119.160.2/30 dev br-wan.two-long`,
      { devices: { eth2: "br-wan.two-long" } },
    ),
  ],
};
