/** What other daemons have in hand on a router: systemd-networkd and NetworkManager, their devices and settings. Pure. */
import type { IndexedDevice } from "../dialects/iproute2/device.ts";
import type { Capabilities, Device } from "../model/snapshot.ts";
import { readPairs } from "./sections.ts";

/** The kernel keeps 15 characters of a program's name. */
export function parseDaemons(text: string): readonly string[] {
  const names = text.split("\n").filter((name) => name !== "");
  return [...new Set(names.map((name) => (name === "systemd-network" ? "systemd-networkd" : name)))].sort();
}

/**
 * `/etc/systemd/networkd.conf.d/a.conf ManageForeignRoutes=no`. Drop-ins come after the files themselves, in the order
 * of their own names, and of one name only that of /etc counts (systemd-networkd.conf.d(5)). Unset means yes.
 */
export function parseNetworkd(text: string): NonNullable<Capabilities["networkd"]> {
  const lines = text.split("\n").flatMap((line) => /^(\S+) (\w+) *= *(.*?) *$/.exec(line) ?? []);
  const settings: { path: string; file: string; key: string; value: string }[] = [];
  for (let i = 0; i < lines.length; i += 4) {
    const path = lines[i + 1]!;
    settings.push({ path, file: path.slice(path.lastIndexOf("/") + 1), key: lines[i + 2]!, value: lines[i + 3]! });
  }
  const dropIns = settings.filter(({ path }) => path.includes(".conf.d/"));
  const inForce = dropIns
    .filter(({ path, file }) => path === dropIns.findLast((other) => other.file === file)!.path)
    .toSorted((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
  const all = [...settings.filter(({ path }) => !path.includes(".conf.d/")), ...inForce];
  const deletes = (key: string) => !/^(no|n|false|f|off|0)$/i.test(all.findLast((one) => one.key === key)?.value ?? "");
  return { deletesRules: deletes("ManageForeignRoutingPolicyRules"), deletesRoutes: deletes("ManageForeignRoutes") };
}

/** `/run/systemd/netif/links/3 ADMIN_STATE=configured`; what a daemon that no longer runs left behind does not count. */
export function withManagers(
  devices: readonly IndexedDevice[],
  text: string,
  daemons: readonly string[],
): readonly Device[] {
  const managers = new Map<number, NonNullable<Device["managedBy"]>>();
  for (const [file, state] of readPairs(text)) {
    const manager = file.startsWith("/run/NetworkManager/") ? "NetworkManager" : "systemd-networkd";
    const managed = manager === "NetworkManager" ? state === "managed=true" : state !== "ADMIN_STATE=unmanaged";
    if (managed && daemons.includes(manager)) managers.set(Number(file.slice(file.lastIndexOf("/") + 1)), manager);
  }
  return devices.map(({ index, ...device }) => {
    const managedBy = managers.get(index);
    return managedBy === undefined ? device : { ...device, managedBy };
  });
}
