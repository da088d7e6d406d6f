import { inNet, run } from "./command.ts";
import { type Isp, namespaceOf, WANS } from "./names.ts";

/**
 * What an ISP does besides routing: it drops foreign sources that come from the customer (BCP 38) and remembers every
 * flow that passed its customer link. Without the drop a reply that leaves by the wrong WAN would arrive all the same.
 *
 * `out` is filled before the drop, so that a rejected packet is seen as well; `in` is filled in postrouting,
 * so that a packet the ISP swallowed while it is dead never counts as delivered.
 */
const ruleset = (isp: Isp): string => `
table inet isp {
  set in { ${FLOW_SET} }
  set out { ${FLOW_SET} }
  set dropped { ${FLOW_SET} }
  chain dead { }
  chain arriving {
    type filter hook prerouting priority -300
    iifname "rtr" meta l4proto { tcp, udp } update @out { ${FLOW} }
    jump dead
    iifname "rtr" ip saddr { ${WANS[isp].block}, ${WANS[isp].link} } accept
    iifname "rtr" meta l4proto { tcp, udp } update @dropped { ${FLOW} }
    iifname "rtr" ip version 4 drop
  }
  chain own {
    type filter hook output priority -300
    jump dead
  }
  chain delivering {
    type filter hook postrouting priority 300
    oifname "rtr" meta l4proto { tcp, udp } update @in { ${FLOW} }
  }
}
`;

const FLOW_SET = "type inet_proto . ipv4_addr . inet_service . ipv4_addr . inet_service; size 262144; flags dynamic;";
const FLOW = "meta l4proto . ip saddr . th sport . ip daddr . th dport";

export const setUpIsps = async (id: string, isps: readonly Isp[]): Promise<void> => {
  await Promise.all(isps.map((isp) => nft(id, isp, ruleset(isp))));
};

/** The ISP swallows everything from now on while its link stays up: the failure a carrier check cannot see. */
export const killIsp = (id: string, isp: Isp): Promise<void> => nft(id, isp, "add rule inet isp dead drop");

export const reviveIsp = (id: string, isp: Isp): Promise<void> => nft(id, isp, "flush chain inet isp dead");

const nft = async (id: string, isp: Isp, script: string): Promise<void> => {
  await run([...inNet(namespaceOf(id, isp)), "nft", "-f", "-"], { input: `${script}\n` });
};
