/** Keys of kernel settings, dotted as in sysctl(8). */

/** Key of a per-device setting: `net.ipv4.conf.eth0/100.rp_filter` for eth0.100, as sysctl(8) writes it. */
export function deviceSysctl(device: string, name: string): string {
  return `net.ipv4.conf.${device.replaceAll(".", "/")}.${name}`;
}

/** The inverse of deviceSysctl; undefined for settings of no single device, those of `all` and `default` included. */
export function deviceOfSetting(key: string): string | undefined {
  const device = /^net\.ipv4\.(?:conf|neigh)\.([^.]+)\.[^.]+$/.exec(key)?.[1]?.replaceAll("/", ".");
  return device === "all" || device === "default" ? undefined : device;
}

/** Where /proc has a setting: `/proc/sys/net/ipv4/conf/eth0.100/rp_filter`. */
export function sysctlPath(key: string): string {
  return `/proc/sys/${key.replace(/[./]/g, (sign) => (sign === "." ? "/" : "."))}`;
}

/** Key of a path below /proc/sys: the inverse of sysctlPath. */
export function sysctlKey(path: string): string {
  return path.replace(/^\/proc\/sys\//, "").replace(/[./]/g, (sign) => (sign === "/" ? "." : "/"));
}
