/** A link whose network another device is in as well. */

import { missingForSharing, sharedNetworks } from "../model/shared-network.ts";
import type { Snapshot } from "../model/snapshot.ts";

/** @returns what happens there and which settings end it; undefined: no other device is in its network, or they are made */
export function sharedNetwork(device: string, { addresses, sysctls }: Pick<Snapshot, "addresses" | "sysctls">) {
  const other = sharedNetworks(addresses).get(device);
  const missing = missingForSharing(device, sysctls);
  if (other === undefined || missing.length === 0) return undefined;
  return `${device} and ${other} are in one network: either answers ARP for the addresses of the other, so that packets of one link come in by the other and lose their replies. Set ${missing.join(" and ")}, and likewise for ${other}, where the router keeps its settings`;
}
