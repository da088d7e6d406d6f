/** Two devices in one network: Linux answers ARP for any of its addresses on either (arp_ignore, arp_announce of ip-sysctl.rst). */
import { contains } from "../kernel/ip.ts";
import type { Snapshot } from "../kernel/snapshot.ts";
import { deviceSysctl } from "../kernel/sysctl.ts";

const WANTED = [
  ["arp_ignore", 1],
  ["arp_announce", 2],
] as const;

/** @returns what happens there and which settings end it; undefined: no other device is in the gateway's network, or they are made */
export function sharedNetwork(
  { device, gateway }: { readonly device: string; readonly gateway: string },
  { addresses, sysctls }: Pick<Snapshot, "addresses" | "sysctls">,
): string | undefined {
  const near = addresses.filter(({ address, prefix }) => prefix < 32 && contains(`${address}/${prefix}`, gateway));
  const other = near.find((one) => one.device !== device);
  if (!other || !near.some((one) => one.device === device)) return undefined;
  const effective = (name: string) => {
    const values = ["all", device].map((of) => Number(sysctls.get(deviceSysctl(of, name)) ?? 0));
    return Math.max(...values);
  };
  const missing = WANTED.filter(([name, least]) => effective(name) < least);
  if (missing.length === 0) return undefined;
  const settings = missing.map(([name, value]) => `${deviceSysctl(device, name)} = ${value}`).join(" and ");
  return `${device} and ${other.device} are both in the network of ${gateway}: either answers ARP for the addresses of the other, so the packets of one link may come in by the other and lose their replies. Set ${settings}, and likewise for ${other.device}, where the router keeps its settings`;
}
