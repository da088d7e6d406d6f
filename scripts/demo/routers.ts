/** Routers that the demo can run on. */
import { type Lab, startLab } from "../../test/lab/index.ts";
import { DEFAULT_ISP2 } from "../../test/lab/recipe.ts";

export const ROUTERS = ["foreign", "fresh", "nft"] as const;
export type DemoRouter = (typeof ROUTERS)[number];

/** What stands on it before. */
export const CARRIES: Readonly<Record<DemoRouter, string>> = {
  foreign: "It carries other people's iptables rules, a VPN's rule and table, and a default route by ISP 2.",
  fresh: "It is fresh: no table of iptables was ever used, and there is nothing but a default route by ISP 2.",
  nft: "It carries a firewall and a translation in native nft tables, and a default route by ISP 2.",
};

/** A firewall that lets in ssh, and a DNAT of its own, as an administrator writes them. */
const NATIVE = `table inet firewall {
	set inside {
		type ipv4_addr
		flags interval
		elements = { 172.16.0.0/12, 192.168.0.0/16 }
	}
	chain input {
		type filter hook input priority 0; policy drop;
		ct state established,related accept
		iif lo accept
		tcp dport 22 accept
		ip saddr @inside counter accept
	}
	chain forward {
		type filter hook forward priority 0; policy accept;
		ip saddr 10.99.0.0/16 counter drop
	}
}
table ip vpn {
	chain pre {
		type nat hook prerouting priority -110;
		ip daddr 10.99.0.1 dnat to 172.16.1.50
	}
}
`;

export async function startRouter(kind: DemoRouter): Promise<Lab> {
  const lab = await startLab({ defaultRoute: DEFAULT_ISP2, foreign: kind === "foreign" });
  if (kind === "nft") await lab.router.exec("nft -f -", NATIVE);
  return lab;
}
