/** Policy rules in every form that `ip rule` prints. They concern 10.0.0.0/8, and let everybody else through. */
import { type Dimension, value } from "./value.ts";

const rule = (name: string, words: string) => value(name, `ip rule add ${words}`);

export const POLICY_RULES: Dimension = {
  name: "policy rules",
  some: [0, 7],
  values: [
    rule("from", "pref 500 from 10.99.0.0/16 lookup 77"),
    rule("to", "pref 510 to 10.98.0.0/16 lookup 77"),
    rule("from and to", "pref 511 from 10.97.0.0/16 to 10.98.0.0/16 lookup 77"),
    rule("iif", "pref 520 from 10.96.0.0/16 iif eth3 lookup 77"),
    rule("iif of no device", "pref 521 iif wg9 lookup 77"),
    rule("oif", "pref 530 oif eth3 to 10.0.0.0/8 lookup 77"),
    rule("oif of no device", "pref 531 oif ppp9 lookup 77"),
    rule("not, behind", "pref 32800 not from 10.95.0.0/16 lookup 77"),
    rule("fwmark with a mask", "pref 540 from 10.95.0.0/16 fwmark 0x100000/0xf00000 lookup 77"),
    rule("fwmark 0 with a mask", "pref 541 from 10.95.0.0/16 fwmark 0/0xf0000 lookup 77"),
    rule("tos", "pref 550 from 10.94.0.0/16 tos 0x10 lookup 77"),
    rule("ipproto and dport", "pref 560 from 10.93.0.0/16 ipproto tcp dport 22 lookup 77"),
    rule("sport, a range", "pref 561 from 10.93.0.0/16 ipproto udp sport 100-200 lookup 77"),
    rule("icmp", "pref 562 to 10.93.0.0/16 ipproto icmp lookup 77"),
    rule("uidrange", "pref 570 from all to 10.92.0.0/16 uidrange 100-200 lookup 77"),
    rule("suppress_prefixlength", "pref 580 lookup main suppress_prefixlength 0"),
    rule("suppress_ifgroup", "pref 581 from 10.92.0.0/16 lookup main suppress_ifgroup 5"),
    rule("goto", "pref 590 from 10.91.0.0/16 goto 20000"),
    value("goto a rule that is there", "ip rule add pref 20001 nop; ip rule add pref 591 from 10.91.1.0/24 goto 20001"),
    rule("nop", "pref 592 nop"),
    rule("unreachable", "pref 600 from 10.90.0.0/16 unreachable"),
    rule("blackhole", "pref 601 from 10.90.1.0/24 blackhole"),
    rule("prohibit", "pref 602 from 10.90.2.0/24 prohibit"),
    rule("proto static", "pref 610 from 10.89.0.0/16 lookup 77 protocol static"),
    rule("a protocol's number", "pref 611 from 10.89.0.0/16 lookup 77 protocol 99"),
    rule("realms", "pref 620 from 10.88.0.0/16 lookup 77 realms 5"),
    rule("tun_id", "pref 630 from 10.87.0.0/16 tun_id 5 lookup 77"),
    rule("l3mdev, behind", "pref 32790 l3mdev"),
    value(
      "several at one priority",
      "ip rule add pref 640 from 10.86.0.0/16 lookup 77; ip rule add pref 640 from 10.85.0.0/16 lookup 78; ip rule add pref 640 to 10.84.0.0/16 unreachable",
    ),
    value(
      "equal at two priorities",
      "ip rule add pref 650 from 10.83.0.0/16 lookup 77; ip rule add pref 651 from 10.83.0.0/16 lookup 77",
    ),
    value(
      "equal but for the protocol",
      "ip rule add pref 652 from 10.83.1.0/24 lookup 77; ip rule add pref 652 from 10.83.1.0/24 lookup 77 protocol static || :",
    ),
    rule("a table without routes", "pref 660 from 10.82.0.0/16 lookup 250"),
    rule("a large priority", "pref 4294967295 from 10.81.0.0/16 lookup 77"),
    rule("between the site's", "pref 4050 from 10.80.0.0/16 lookup 77"),
    value("main twice", "ip rule add pref 700 from 10.79.0.0/16 lookup main; ip rule add pref 33000 lookup main"),
    value("without the rule of table default", "ip rule del pref 32767"),
  ],
};

/** What nobody should build a site on: each has a reason to be refused, or a warning. */
export const IN_THE_WAY: Dimension = {
  name: "in the way",
  some: [0, 1],
  values: [
    value("nothing", ":", { weight: 150 }),
    rule("main before everything", "pref 999 lookup main"),
    value("main before everything, none behind", "ip rule add pref 999 lookup main; ip rule del pref 32766"),
    value(
      "VRF: local behind l3mdev",
      "ip rule add pref 1000 l3mdev; ip rule add pref 32765 lookup local; ip rule del pref 0",
    ),
    rule("not from", "pref 550 not from 10.95.0.0/16 lookup 77"),
    rule("a mark of the site's", "pref 555 fwmark 0x1000000/0xff000000 lookup 77"),
    rule("a mark of the site's, full", "pref 556 fwmark 0x1 lookup 77"),
    rule("a priority of the site's", "pref 4001 from 10.79.0.0/16 lookup 77"),
    value("a number of the site's table", "ip route add 10.78.0.0/16 dev eth3 table 101"),
    value(
      "a chain of the site's name",
      "$IPT -t mangle -N mw-site-mark; $IPT -t mangle -A mw-site-mark -s 10.77.0.0/16 -j RETURN",
    ),
    value("the whole mark restored", "$IPT -t mangle -A PREROUTING -j CONNMARK --restore-mark"),
    value("part of the LAN behind an inner router", "ip route add 172.16.1.192/26 via 172.16.1.50"),
    value("a published address in a wider network", "ip addr add 123.234.1.13/24 dev eth1"),
    value("a published address on another device", "ip addr add 123.234.1.11/32 dev eth3"),
    value("nobody forwards: a native table", "printf 'table ip filter {\\n chain x {\\n }\\n}\\n' | nft -f -"),
    value(
      "one rule of a kind that nobody knows",
      "$IPT -t mangle -I PREROUTING -m u32 --u32 '0=0' -j MARK --set-xmark 0x1/0x1",
    ),
  ],
};
