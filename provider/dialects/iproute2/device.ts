import type { Device } from "../../model/snapshot.ts";

/**
 * The device names that are handled, in a declaration and on a router. IFNAMSIZ leaves 15 characters; these are the ones that every tool
 * takes unquoted. The kernel itself takes nearly any byte (`a;reboot`, `-n`), so a name is data until it has passed here.
 */
export const DEVICE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,14}$/;

export function isDeviceName(name: string): boolean {
  return DEVICE_NAME.test(name);
}

/** Head line of a device in `ip addr show`: `5: eth1@if4: <BROADCAST,UP,LOWER_UP> mtu 1500 ...`. */
export interface DeviceHead {
  readonly index: number;
  readonly name: string;
  readonly flags: readonly string[];
  /** What stands behind the flags, in words and values: `mtu 1500 xdpgeneric/id:7 qdisc noqueue master br0 state UP`. */
  readonly words: readonly string[];
}

export function parseDeviceHead(line: string): DeviceHead | undefined {
  const match = /^(\d+): (\S+): <([^>]*)>(.*)$/.exec(line);
  if (!match) return undefined;
  const printed = match[2]!;
  // What follows the last @ is the lower or the other end of the device (`eth0.5@eth0`, `eth1@if7`, `sit0@NONE`).
  const at = printed.lastIndexOf("@");
  return {
    index: Number(match[1]),
    name: at > 0 ? printed.slice(0, at) : printed,
    flags: match[3]!.split(","),
    words: match[4]!.split(/\s+/).filter((word) => word !== ""),
  };
}

/** A device with its index, by which /run/systemd/netif and /run/NetworkManager know it. */
export type IndexedDevice = Device & { readonly index: number };

export interface Devices {
  readonly devices: readonly IndexedDevice[];
  /** Names that do not pass `isDeviceName`: such devices are left alone, but not forgotten. */
  readonly strange: readonly string[];
}

/** The value of a word behind the flags. */
export function deviceWord({ words }: DeviceHead, word: string): string | undefined {
  const at = words.indexOf(word);
  return at < 0 ? undefined : words[at + 1];
}

function stateOf(head: DeviceHead): Pick<Device, "master" | "xdp"> {
  const { words } = head;
  const master = deviceWord(head, "master");
  const xdp = words.some((word) => /^xdp(generic|offload|multi|drv)?(\/id:\d+)?$/.test(word));
  return { ...(master !== undefined && { master }), ...(xdp && { xdp }) };
}

/** Devices in the output of `ip addr show` or `ip link show`, iproute2 of any age or busybox. */
export function parseDevices(text: string): Devices {
  const devices: IndexedDevice[] = [];
  const strange: string[] = [];
  const lines = text.split("\n");
  for (const [at, line] of lines.entries()) {
    const head = parseDeviceHead(line);
    if (!head) continue;
    if (!isDeviceName(head.name)) {
      strange.push(head.name);
      continue;
    }
    devices.push({
      index: head.index,
      name: head.name,
      up: head.flags.includes("UP"),
      type: /^\s+link\/(\S+)/.exec(lines[at + 1] ?? "")?.[1] ?? "",
      pointToPoint: head.flags.includes("POINTOPOINT"),
      ...(head.flags.includes("NO-CARRIER") && { carrier: false as const }),
      ...stateOf(head),
    });
  }
  return { devices, strange };
}
