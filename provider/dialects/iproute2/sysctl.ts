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
