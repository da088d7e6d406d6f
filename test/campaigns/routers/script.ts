/** A random router as scripts: one builds it in a lab's router, one clears whatever was built. */
import { has, valuesOf } from "./draw.ts";
import type { RandomRouter } from "./value.ts";

export interface Scripts {
  /** For `sh` in the router's network namespace, with the tools of the machine. */
  readonly net: string;
  /** For the router's own shell. */
  readonly files: string;
}

export function buildScripts(router: RandomRouter): Scripts {
  const values = valuesOf(router);
  const variant = iptablesOf(router);
  const lan = deviceOf(router, "eth0");
  const net = values.flatMap(({ name, net }) => (net && net !== ":" ? [`# ${name}`, net] : []));
  return {
    net: [`IPT=iptables-${variant} LAN=${lan}`, "set -e", ...net, ""].join("\n"),
    files: [
      ...["iptables", "iptables-save", "iptables-restore"].map(
        (tool) => `ln -sfn xtables-${variant}-multi /usr/sbin/${tool}`,
      ),
      ...values.flatMap(({ files }) => files ?? []),
      "",
    ].join("\n"),
  };
}

export const iptablesOf = (router: RandomRouter): "nft" | "legacy" =>
  router.iptables?.[0]?.startsWith("legacy") ? "legacy" : "nft";

export const busyboxOf = (router: RandomRouter): boolean => has(router, "tools", "busybox applets");

/** The device that stands in for one of the lab's. */
export function deviceOf(router: RandomRouter, device: string): string {
  return valuesOf(router).reduce((found, { devices }) => devices?.[device] ?? found, device);
}

/** Files that values write to; they lie in the router's own layer from the start, so that a copy of them is no change. */
const FOLDERS = "/etc/iproute2 /etc/network /etc/init.d /etc/rcS.d /etc/systemd";

export const KEEP_FILES = `mkdir -p /run/.kept; for d in ${FOLDERS}; do [ ! -d $d ] || cp -a --parents $d /run/.kept; done
for d in ${FOLDERS}; do [ ! -d $d ] || { rm -rf $d; cp -a /run/.kept$d $d; }; done`;

export const CLEAR_FILES = `rm -rf ${FOLDERS} /etc/iproute2.d /usr/share/iproute2 /etc/multiwan /run/multiwan /run/systemd
for d in ${FOLDERS}; do [ ! -d /run/.kept$d ] || cp -a /run/.kept$d $d; done`;

/** Everything of the network that the lab has not made goes; `kept` are the settings that it had. */
export const clearNet = (kept: string): string => `
nft flush ruleset
[ ! -e /proc/net/ip_tables_names ] || while read -r t; do
  iptables-legacy -t "$t" -F; iptables-legacy -t "$t" -X
  iptables-legacy -t "$t" -S | sed -n 's/^-P \\([A-Z]*\\) DROP/\\1/p' | while read -r c; do iptables-legacy -t "$t" -P "$c" ACCEPT; done
done </proc/net/ip_tables_names
tc qdisc del dev eth3 root 2>/dev/null
sed -n 's/^ *\\(.*\\): .*/\\1/p' /proc/net/dev | while IFS= read -r d; do
  case $d in lo | eth[0123]) ;; *) ip link del dev "$d" 2>/dev/null ;; esac
done
ip rule flush
ip rule show | grep -q '^0:' || ip rule add pref 0 lookup local
for t in $(ip -N -4 route show table all | sed -n 's/.* table \\([0-9]*\\).*/\\1/p' | sort -u) main; do
  [ "$t" = 255 ] || ip -4 route flush table "$t" 2>/dev/null
done
ip nexthop flush >/dev/null 2>&1
for d in lo eth0 eth1 eth2 eth3; do ip -4 addr flush dev $d 2>/dev/null; done
ip -4 route flush table local 2>/dev/null
ip rule add pref 32766 lookup main; ip rule add pref 32767 lookup default
echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
ip link set eth3 mtu 1500 txqueuelen 1000
ip addr add 127.0.0.1/8 dev lo scope host
ip addr add 172.16.1.1/24 dev eth0; ip addr add 149.99.251.146/30 dev eth1
ip addr add 66.119.160.2/30 dev eth2; ip addr add 192.168.99.1/24 dev eth3
while IFS=: read -r f v; do
  read -r now <"$f"; [ "$now" = "$v" ] || echo "$v" >"$f"
done <<'END' 2>/dev/null
${kept.trim()}
END
:`;

export const KEEP_SETTINGS =
  "cd /proc/sys/net/ipv4; grep -H . ip_forward fwmark_reflect tcp_fwmark_accept ip_nonlocal_bind fib_multipath_hash_policy conf/*/* 2>/dev/null | sed 's#^#/proc/sys/net/ipv4/#'";
