/** Devices whose packets go another way than the model's, or none: no link, no carrier, a program of XDP, a VRF, a network that two are in. */

import { wordsOf } from "../dialects/iproute2/rule.ts";
import { missingForSharing, sharedNetworks } from "../model/shared-network.ts";
import type { Device, Snapshot } from "../model/snapshot.ts";
import type { NetfilterHook, Threat } from "../model/threat.ts";

export function deviceThreats(
  devices: readonly Device[],
  { rules, addresses, sysctls }: Pick<Snapshot, "rules" | "addresses" | "sysctls">,
): Threat[] {
  // The kernel brings this rule with the first VRF; what else a master is (a bridge, a bond) takes the packets as its own.
  const hasVrf = rules.some((rule) => wordsOf(rule).get("lookup") === "[l3mdev-table]");
  const shared = sharedNetworks(addresses);
  return devices.flatMap(({ name, up, carrier, xdp, master }) => {
    const other = shared.get(name);
    if (!up) return both(name, `${name} is down`);
    if (carrier === false) return both(name, `${name} has no carrier`);
    if (hasVrf && master !== undefined) return both(name, `${name} may be in the VRF ${master}, which is not modelled`);
    if (other !== undefined && missingForSharing(name, sysctls).length > 0)
      return [
        threat(name, "ingress", `${name} is in one network with ${other}, and either may get the packets of the other`),
      ];
    return xdp ? [threat(name, "ingress", `the XDP program of ${name} is not modelled`)] : [];
  });
}

const both = (device: string, why: string) => [threat(device, "ingress", why), threat(device, "postrouting", why)];

function threat(device: string, hook: NetfilterHook, why: string): Threat {
  const selects = hook === "ingress" ? { in: [device] } : { out: [device] };
  return { table: "ip link", chain: device, hook, text: why, why, selects };
}
