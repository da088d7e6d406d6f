/**
 * Where rules of nft's own may decide about a packet, nothing is claimed of it: iptables shows none of them. The same goes for IPsec, traffic
 * control and devices that are not as others.
 */

import { fitsDevice } from "../dialects/nftables/device-name.ts";
import { contains, isAddress } from "../model/ip.ts";
import { escaped } from "../model/printable.ts";
import type { NetfilterHook, Selects, Threat } from "../model/threat.ts";
import type { Packet } from "./packet.ts";
import { CannotTell, type Passing } from "./passing.ts";

/** @throws {CannotTell} */
export function meetNative({ machine, packet, inDevice, outDevice }: Passing, hook: NetfilterHook): void {
  const threat = machine.native.find((one) => one.hook === hook && mayFit(one.selects, packet, inDevice, outDevice));
  if (threat) throw new CannotTell(escaped(threat.why ?? `${sayThreat(threat)} is not modelled`));
}

/** `"policy drop" of chain forward in the nft table inet filter` */
const sayThreat = ({ table, chain, text, by }: Threat) => by ?? `"${text}" of chain ${chain} in the nft table ${table}`;

function mayFit(selects: Selects, packet: Packet, inDevice: string, outDevice: string): boolean {
  const port = (range: string) => {
    const [low = 0, high = low] = range.split("-").map(Number);
    return Number.isNaN(low) || (packet.destinationPort >= low && packet.destinationPort <= high);
  };
  return (
    (selects.mark === undefined || ((packet.mark ^ selects.mark.value) & selects.mark.mask) === 0) &&
    among(selects.in, (name) => fitsDevice(name, inDevice)) &&
    among(selects.out, (name) => fitsDevice(name, outDevice)) &&
    among(selects.from, (network) => has(network, packet.source)) &&
    among(selects.to, (network) => has(network, packet.destination)) &&
    among(selects.protocol, (name) => name === packet.protocol || !/^(tcp|udp|icmp)$/.test(name)) &&
    (packet.protocol === "icmp" ? selects.ports === undefined : among(selects.ports, port))
  );
}

const among = (values: readonly string[] | undefined, fits: (value: string) => boolean) =>
  values === undefined || values.some(fits);

/** A range or a name of nft's is not looked into. */
function has(network: string, address: string): boolean {
  const [base = "", length] = network.split("/");
  if (!isAddress(base)) return true;
  return length === undefined ? base === address : contains(network, address);
}
