/** What each neighbour leaves on a router, written down from its sources or read off a router that runs it. */

import { parseRoutes } from "../../provider/dialects/iproute2/routes.ts";
import { parseRules } from "../../provider/dialects/iproute2/rule.ts";
import { parseIptablesSave } from "../../provider/dialects/iptables/iptables-save.ts";
import type { Snapshot } from "../../provider/model/snapshot.ts";
import { routerOf } from "../kinds/routers.ts";

export interface Recorded {
  readonly rules?: string;
  readonly routes?: string;
  readonly save?: string;
  readonly nft?: readonly string[];
  readonly daemons?: readonly string[];
  readonly names?: Readonly<Record<number, string>>;
}

export function routerBeside({
  rules = "",
  routes = "",
  save = "",
  nft,
  daemons = [],
  names = {},
}: Recorded): Snapshot {
  const plain = routerOf();
  const all = new Map([...plain.tableNames.names, ...Object.entries(names).map(([id, name]) => [+id, name] as const)]);
  return {
    ...plain,
    capabilities: { ...plain.capabilities, daemons, ...(nft && { nftTables: nft }) },
    tableNames: { ...plain.tableNames, names: all },
    rules: parseRules(`0:\tfrom all lookup local\n${rules}\n32766:\tfrom all lookup main\n`, all),
    routes: parseRoutes(routes, all),
    iptables: parseIptablesSave(save),
  };
}

const save = (table: string, chains: readonly string[], ...rules: string[]) =>
  [
    `*${table}`,
    ":PREROUTING ACCEPT [0:0]",
    ":INPUT ACCEPT [0:0]",
    ":FORWARD ACCEPT [0:0]",
    ":OUTPUT ACCEPT [0:0]",
    ":POSTROUTING ACCEPT [0:0]",
    ...chains.map((chain) => `:${chain} - [0:0]`),
    ...rules.map((rule) => `-A ${rule}`),
    "COMMIT\n",
  ].join("\n");

export const RECORDED: Readonly<Record<string, Recorded>> = {
  Tailscale: {
    rules: `5210:	from all fwmark 0x80000/0xff0000 lookup main
5230:	from all fwmark 0x80000/0xff0000 lookup default
5250:	from all fwmark 0x80000/0xff0000 unreachable
5270:	from all lookup 52`,
    routes: "100.100.100.100 dev tailscale0 table 52",
    save: `${save("mangle", [], "PREROUTING -m conntrack --ctstate RELATED,ESTABLISHED -j CONNMARK --restore-mark --nfmask 0xff0000 --ctmask 0xff0000")}${save("filter", ["ts-forward", "ts-input"], "INPUT -j ts-input", "FORWARD -j ts-forward", "ts-forward -i tailscale0 -j MARK --set-xmark 0x40000/0xff0000")}`,
  },
  mwan3: {
    rules: `1001:	from all iif eth1 lookup 1
2001:	from all fwmark 0x100/0x3f00 lookup 1
2061:	from all fwmark 0x3d00/0x3f00 blackhole
3001:	from all fwmark 0x100/0x3f00 unreachable`,
    save: save(
      "mangle",
      ["mwan3_hook", "mwan3_iface_in_wan"],
      "PREROUTING -j mwan3_hook",
      "mwan3_hook -m mark --mark 0x0/0x3f00 -j CONNMARK --restore-mark --nfmask 0x3f00 --ctmask 0x3f00",
    ),
  },
  pbr: {
    rules: `29998:	from all lookup main suppress_prefixlength 1
29999:	from all fwmark 0x20000/0xff0000 lookup pbr_wanb
30000:	from all fwmark 0x10000/0xff0000 lookup pbr_wan`,
    names: { 256: "pbr_wan", 257: "pbr_wanb" },
    nft: ["inet fw4"],
  },
  Shorewall: {
    rules: `999:	from all lookup main
10000:	from all fwmark 0x1/0xff lookup ISP1
20000:	from 149.99.251.146 lookup ISP1
32765:	from all lookup balance`,
    names: { 1: "ISP1", 250: "balance" },
    save: save(
      "mangle",
      ["routemark", "tcpre"],
      "PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff",
      "PREROUTING -i eth1 -m mark --mark 0x0/0xff -j routemark",
      "routemark -i eth1 -j MARK --set-xmark 0x1/0xff",
    ),
  },
  VyOS: {
    rules: `201:	from all fwmark 0xc9 lookup main suppress_prefixlength 0
301:	from all fwmark 0xc9 lookup 201`,
    nft: ["ip vyos_wanloadbalance", "ip vyos_mangle"],
  },
  Foomuuri: {
    rules: `1000:	from all lookup main suppress_prefixlength 0
1101:	from all fwmark 0x100/0xff00 lookup 1001`,
    nft: ["inet foomuuri"],
  },
  "wg-quick (WireGuard)": {
    rules: `32764:	from all lookup main suppress_prefixlength 0
32765:	not from all fwmark 0xca6c lookup 51820`,
    routes: "default dev wg0 table 51820 scope link",
    save: `${save("raw", [], 'PREROUTING -d 10.8.0.2/32 ! -i wg0 -m addrtype ! --src-type LOCAL -m comment --comment "wg-quick(8) rule for wg0" -j DROP')}${save("mangle", [], 'PREROUTING -p udp -m comment --comment "wg-quick(8) rule for wg0" -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff')}`,
  },
  "kube-proxy": {
    save: save(
      "nat",
      ["KUBE-MARK-MASQ", "KUBE-SERVICES"],
      "PREROUTING -j KUBE-SERVICES",
      "KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000",
    ),
  },
  "a CNI plugin": {
    save: save("nat", ["CNI-HOSTPORT-SETMARK"], "CNI-HOSTPORT-SETMARK -j MARK --set-xmark 0x2000/0x2000"),
  },
  Calico: {
    save: save(
      "mangle",
      ["cali-PREROUTING"],
      "PREROUTING -j cali-PREROUTING",
      "cali-PREROUTING -j MARK --set-xmark 0x10000/0x10000",
    ),
  },
  Cilium: {
    rules: "9:\tfrom all fwmark 0x200/0xf00 lookup 2004\n100:\tfrom all lookup 2005",
    save: save("mangle", ["CILIUM_PRE_mangle"], "PREROUTING -j CILIUM_PRE_mangle"),
  },
  "the AWS VPC CNI": {
    rules: "512:\tfrom all to 10.0.3.7 lookup main\n1024:\tfrom all fwmark 0x80/0x80 lookup main",
    save: save(
      "mangle",
      [],
      'PREROUTING -i eni+ -m comment --comment "AWS, primary ENI" -j CONNMARK --restore-mark --nfmask 0x80 --ctmask 0x80',
    ),
  },
  Docker: {
    routes: "172.17.0.0/16 dev docker0 proto kernel scope link src 172.17.0.1",
    save: save(
      "nat",
      ["DOCKER"],
      "PREROUTING -m addrtype --dst-type LOCAL -j DOCKER",
      "POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE",
    ),
  },
  firewalld: { save: save("mangle", ["PREROUTING_direct", "PRE_public"], "PREROUTING -j PREROUTING_direct") },
  ufw: { save: save("filter", ["ufw-before-input"], "INPUT -j ufw-before-input") },
  NetworkManager: { rules: "5000:\tfrom 10.1.0.0/16 lookup 400 proto static", daemons: ["NetworkManager"] },
  "systemd-networkd": { rules: "5000:\tfrom 10.1.0.0/16 lookup 400 proto static", daemons: ["systemd-networkd"] },
};
