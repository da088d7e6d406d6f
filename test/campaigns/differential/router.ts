/** What a router of a test is configured with, and how it gets it: by the commands of an administrator. */
import type { IptablesTable } from "../../../provider/model/line.ts";
import { DEVICES } from "./wire.ts";

export interface Chain {
  readonly table: IptablesTable;
  readonly name: string;
  /** `-` for a user's chain. */
  readonly policy: string;
  readonly rules: readonly string[];
}

export interface Config {
  /** `10.1.0.2/24 dev eth1`, in order. */
  readonly addresses: readonly string[];
  /** What follows `ip rule`: `add from all fwmark 0x1 lookup 101 pref 100`. */
  readonly rules: readonly string[];
  /** What follows `ip route add`. */
  readonly routes: readonly string[];
  readonly chains: readonly Chain[];
  /** `net.ipv4.conf.eth1.rp_filter` -> `1` */
  readonly sysctls: readonly (readonly [key: string, value: string])[];
  /** A table of nft's own, as `nft -f` takes it. */
  readonly native?: string;
}

export const TABLES: readonly IptablesTable[] = ["raw", "mangle", "nat", "filter"];

/** Everything that an earlier configuration has left goes first. A line that `ip` refuses is not there: the reading tells. */
export function script(config: Config): string {
  const settings = new Map<string, string>([
    ["net.ipv4.ip_forward", "1"],
    ...["all", "default", ...DEVICES].flatMap((of) => [
      [`net.ipv4.conf.${of}.rp_filter`, "0"] as const,
      [`net.ipv4.conf.${of}.src_valid_mark`, "0"] as const,
      [`net.ipv4.conf.${of}.forwarding`, "1"] as const,
    ]),
    // Writing it writes those of all devices.
    ...config.sysctls.filter(([key]) => key === "net.ipv4.ip_forward").flatMap(allForwarding),
    ...config.sysctls,
  ]);
  const write = ([key, value]: readonly [string, string]) => `echo ${value} >/proc/sys/${key.replaceAll(".", "/")}`;
  const batch = [
    // `rule flush` leaves what has priority 0.
    "rule flush",
    ...Array(4).fill("rule del pref 0"),
    "rule add pref 0 lookup local",
    "rule add pref 32766 lookup main",
    "rule add pref 32767 lookup default",
    ...DEVICES.map((name) => `address flush dev ${name}`),
    "route flush table all scope global",
    "route flush table all scope link",
    "route flush table all type unreachable",
    "route flush table all type blackhole",
    "route flush table all type prohibit",
    "route flush table all type throw",
    ...config.addresses.map((address) => `address add ${address}`),
    ...config.routes.map((route) => `route add ${route}`),
    ...config.rules.map((rule) => `rule ${rule}`),
  ];
  return [
    ...[...settings].map(write),
    `ip -batch - -force <<'!' >/dev/null 2>&1`,
    ...batch,
    "!",
    "iptables-restore <<'!' || exit 1",
    ...TABLES.flatMap((table) => tableText(table, config.chains)),
    "!",
    "nft delete table inet foreign 2>/dev/null",
    ...(config.native === undefined ? [] : ["nft -f - <<'!' || exit 1", config.native, "!"]),
    "conntrack -F >/dev/null 2>&1",
    "true",
  ].join("\n");
}

const allForwarding = ([, value]: readonly [string, string]) =>
  DEVICES.map((of) => [`net.ipv4.conf.${of}.forwarding`, value] as const);

const HOOKS: Readonly<Record<IptablesTable, readonly string[]>> = {
  raw: ["PREROUTING", "OUTPUT"],
  mangle: ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"],
  nat: ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
  filter: ["INPUT", "FORWARD", "OUTPUT"],
};

export { HOOKS };

function tableText(table: IptablesTable, all: readonly Chain[]): string[] {
  const chains = all.filter((chain) => chain.table === table);
  const policy = (hook: string) => chains.find(({ name }) => name === hook)?.policy ?? "ACCEPT";
  return [
    `*${table}`,
    ...HOOKS[table].map((hook) => `:${hook} ${policy(hook)} [0:0]`),
    ...chains.filter((chain) => !HOOKS[table].includes(chain.name)).map((chain) => `:${chain.name} - [0:0]`),
    ...chains.flatMap(({ name, rules }) => rules.map((rule) => `-A ${name} ${rule}`)),
    "COMMIT",
  ];
}
