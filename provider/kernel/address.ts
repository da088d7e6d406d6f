import { isDeviceName, parseDeviceHead } from "./device.ts";
import { isAddress, parseNetwork } from "./ip.ts";
import type { AddressLine } from "./line.ts";
import { NotUnderstood } from "./not-understood.ts";

/** `inet 123.234.1.11/32 scope global eth1` */
export function formatAddress(line: AddressLine): string {
  return `inet ${line.address}/${line.prefix} scope global ${line.device}`;
}

/** The inverse of formatAddress. */
export function parseAddress(text: string): AddressLine {
  const [, network = "", device = ""] = /^inet (\S+\/\d+) scope global (\S+)$/.exec(text) ?? [];
  const parsed = parseNetwork(network);
  if (!parsed || !isDeviceName(device)) throw new NotUnderstood("address", text);
  return { kind: "address", device, ...parsed };
}

export type AddressFound = AddressLine & { readonly dynamic: boolean; readonly scope: string };

/** IPv4 addresses in the output of `ip addr show`; those on devices with strange names are left out with the device. */
export function parseAddresses(text: string): readonly AddressFound[] {
  const found: AddressFound[] = [];
  let device: string | undefined;
  for (const line of text.split("\n")) {
    const head = parseDeviceHead(line);
    if (head) device = isDeviceName(head.name) ? head.name : undefined;
    else if (/^\s+inet\s/.test(line)) {
      const address = parseInet(line);
      if (device !== undefined) found.push({ kind: "address", device, ...address });
    }
  }
  return found;
}

/** `inet A/P ...`, or `inet A peer B/P ...`, whose prefix is that of the peer. The last word is a label, not the device. */
function parseInet(line: string): Omit<AddressFound, "kind" | "device"> {
  const words = line.trim().split(/\s+/);
  const peer = words[2] === "peer" || words[2] === "ptp" ? words[3] : undefined;
  const own = parseNetwork(words[1] ?? "");
  const prefix = parseNetwork(peer ?? words[1] ?? "")?.prefix;
  const address = own?.address ?? "";
  if (prefix === undefined || !isAddress(address)) throw new NotUnderstood("address", line);
  const scope = words.indexOf("scope");
  return {
    address,
    prefix,
    scope: scope < 0 ? "global" : (words[scope + 1] ?? "global"),
    dynamic: words.includes("dynamic"),
  };
}
