import type { SysctlLine } from "../../model/line.ts";
import { NotUnderstood } from "../../model/not-understood.ts";

/** `net.ipv4.conf.eth1.rp_filter = 2` */
export function formatSysctl(line: SysctlLine): string {
  return `${line.key} = ${line.value}`;
}

/** The inverse of formatSysctl. */
export function parseSysctl(text: string): SysctlLine {
  const match = /^([^\s=]+) = (.*)$/.exec(text);
  // `//` is a component `../..` of the path: no device is called that.
  if (!match || /(^|\.)\/\/?(\.|$)/.test(match[1]!)) throw new NotUnderstood("sysctl", text);
  return { kind: "sysctl", key: match[1]!, value: match[2]! };
}

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
