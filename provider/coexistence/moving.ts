/** Addresses that move between machines: whoever holds one puts it there, and nobody else may. Pure. */
import type { AddressLine } from "../model/line.ts";
import type { MovingAddress, Snapshot } from "../model/snapshot.ts";

/** Programs that move addresses, by the name of their process. */
const MOVERS: ReadonlyMap<string, string> = new Map([
  ["keepalived", "keepalived"],
  ["vrrpd", "vrrpd"],
  ["ucarp", "ucarp"],
  ["pacemakerd", "Pacemaker"],
]);

type Seen = Pick<Snapshot, "moving" | "addresses"> & {
  readonly capabilities: Pick<Snapshot["capabilities"], "daemons">;
};

/**
 * Who moves this address, as far as the router tells: its configuration, the kernel's own note of who put it there, or, of a program
 * that says nothing of its addresses, one that somebody else has put there as /32.
 * @param isForeign it is there, or was when it was taken over, and somebody else put it there
 */
export function moverOf({ address, prefix }: AddressLine, isForeign: boolean, seen: Seen): string | undefined {
  const { moving = [], capabilities } = seen;
  const known = moving.find((one) => one.address === address);
  if (known) return known.by;
  if (!isForeign || prefix !== 32) return undefined;
  const silent = capabilities.daemons.find((name) => MOVERS.has(name) && !moving.some(({ by }) => by === name));
  return silent && MOVERS.get(silent);
}

/** Addresses that may come to this device at any time, whether they are there or not. */
export function comingTo(device: string, { moving = [] }: Pick<Seen, "moving">): string[] {
  return moving.filter((one) => one.device === device).map(({ address }) => address);
}

/** Of keepalived.conf(5): the blocks virtual_ipaddress and virtual_ipaddress_excluded of each instance. */
export function keepalivedAddresses(text: string): MovingAddress[] {
  const parts = text.replace(/[#!].*/g, "").split(/(?<=[{}])|(?=[{}])|\n/);
  const blocks: string[] = [];
  const devices: (string | undefined)[] = [];
  const rows: { words: readonly string[]; instance: number }[] = [];
  let head = "";
  for (const part of parts.map((part) => part.trim()).filter((part) => part !== "")) {
    const words = part.split(/\s+/);
    if (part === "{") {
      blocks.push(head);
      if (head === "vrrp_instance") devices.push(undefined);
    } else if (part === "}") blocks.pop();
    else if (/^virtual_ipaddress(_excluded)?$/.test(blocks.at(-1) ?? ""))
      rows.push({ words, instance: devices.length - 1 });
    // An instance names its device before or behind its addresses.
    else if (words[0] === "interface" && blocks.at(-1) === "vrrp_instance") devices[devices.length - 1] = words[1];
    head = words[0]!;
  }
  return rows.flatMap(({ words: [network = "", ...more], instance }): MovingAddress[] => {
    const address = /^\d+(?:\.\d+){3}(?=\/\d+$|$)/.exec(network)?.[0];
    const device = more.includes("dev") ? more[more.indexOf("dev") + 1] : devices[instance];
    return address === undefined ? [] : [{ by: "keepalived", address, ...(device !== undefined && { device }) }];
  });
}

/** `inet 10.0.0.9/32 scope global proto keepalived eth0`: iproute2 6.3 and Linux 5.18 tell who put it there. */
export function signedAddresses(text: string): MovingAddress[] {
  return [...text.matchAll(/^\s+inet (\S+?)\/\d+ .*\bproto (?:keepalived|18)\b/gm)].map(
    ([, address]): MovingAddress => ({ by: "keepalived", address: address! }),
  );
}
