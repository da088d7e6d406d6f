/** Two devices in one network: Linux answers ARP for any of its addresses on either (arp_ignore, arp_announce of ip-sysctl.rst). */

import { networkBase, overlap } from "./ip.ts";
import type { Snapshot } from "./snapshot.ts";
import { deviceSysctl } from "./sysctl-key.ts";

/** By device, another one that has an address in the same network. */
export function sharedNetworks(
  addresses: readonly Pick<Snapshot["addresses"][number], "address" | "prefix" | "device">[],
) {
  const connected = addresses
    .filter(({ prefix, device }) => prefix < 32 && device !== "lo")
    .map(({ device, address, prefix }) => ({ device, network: `${networkBase(address, prefix)}/${prefix}` }));
  const networks = [...new Map(connected.map((one) => [`${one.device} ${one.network}`, one])).values()];
  const shared = new Map<string, string>();
  for (const { device, network } of networks) {
    const other = networks.find((one) => one.device !== device && overlap(network, one.network));
    if (other) shared.set(device, other.device);
  }
  return shared as ReadonlyMap<string, string>;
}

/** Settings that a device lacks there, as they have to be; the effective value is the higher of `all` and its own. */
export function missingForSharing(device: string, sysctls: Snapshot["sysctls"]): string[] {
  const effective = (name: string) =>
    Math.max(...["all", device].map((of) => Number(sysctls.get(deviceSysctl(of, name)) ?? 0)));
  return WANTED.flatMap(([name, least]) =>
    effective(name) < least ? [`${deviceSysctl(device, name)} = ${least}`] : [],
  );
}

const WANTED = [
  ["arp_ignore", 1],
  ["arp_announce", 2],
] as const;
