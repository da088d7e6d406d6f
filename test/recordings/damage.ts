/** What somebody does to a router by hand, between two runs. */

export interface Damage {
  readonly name: string;
  /** For the router's own shell; what is not there is no fault. */
  readonly script: string;
}

export const DAMAGES: readonly Damage[] = [
  { name: "nothing", script: ":" },
  {
    name: "a fwmark rule is gone",
    script:
      "ip rule show | sed -n 's/^\\([0-9]*\\):.*fwmark.*/\\1/p' | head -n 1 | while read -r p; do ip rule del pref $p; done",
  },
  { name: "a table is empty", script: "ip route flush table 101; ip route flush table 1" },
  { name: "the chains of mangle are empty", script: "iptables -t mangle -F" },
  { name: "the chains of nat are empty", script: "iptables -t nat -F" },
  {
    name: "a service's address is gone",
    script: "ip addr del 123.234.1.11/32 dev eth1; ip addr del 216.111.1.11/32 dev eth2",
  },
  { name: "a setting is another", script: "echo 1 >/proc/sys/net/ipv4/conf/eth1/rp_filter" },
  { name: "a default route by hand", script: "ip route replace default via 66.119.160.1 dev eth2 metric 7" },
  { name: "the manifest is gone", script: "rm -f /run/multiwan/manifest" },
  { name: "the boot files are gone", script: "rm -rf /etc/multiwan" },
  { name: "the boot file is damaged", script: "[ ! -f /etc/multiwan/boot ] || echo '# more' >>/etc/multiwan/boot" },
  {
    name: "a rule in front",
    script:
      "iptables -t nat -I PREROUTING 1 -d 123.234.1.11 -p tcp --dport 1494 -j ACCEPT; ip rule add pref 700 from 172.16.1.131 lookup main",
  },
  {
    name: "a rule of a priority twice",
    script: "ip rule add pref 4001 from 10.9.9.9 lookup 250; ip rule add pref 1024 from 10.9.9.9 lookup 250",
  },
  {
    name: "everything",
    script:
      "iptables -t mangle -F; iptables -t nat -F; ip rule flush; ip rule add pref 32766 lookup main; ip rule add pref 32767 lookup default",
  },
];
