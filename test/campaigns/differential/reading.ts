/** Configures a router of a test, and makes the machine of what it says then. */
import { parseAddresses } from "../../../provider/dialects/iproute2/address.ts";
import { parseRoutes } from "../../../provider/dialects/iproute2/routes.ts";
import { parseRules } from "../../../provider/dialects/iproute2/rule.ts";
import { parseIptablesSave } from "../../../provider/dialects/iptables/iptables-save.ts";
import { nativeThreats } from "../../../provider/dialects/nftables/nft-native.ts";
import { standalone } from "../../../provider/dialects/script.ts";
import { sysctlKey } from "../../../provider/model/sysctl-key.ts";
import { splitSections } from "../../../provider/observe/sections.ts";
import { parseSnapshot, snapshotScript } from "../../../provider/observe/snapshot.ts";
import { type Machine, machineOf } from "../../../provider/walk/machine.ts";
import { type Config, script } from "./router.ts";
import type { Wire } from "./wire.ts";

const NONCE = "differential0";

/** `whole`: by the provider's own script; `quick`: only what a machine is made of, by the same parsers. */
export type Reading = "whole" | "quick";

export async function configure(wire: Wire, config: Config, reading: Reading): Promise<Machine> {
  const read = reading === "whole" ? standalone(snapshotScript(NONCE)) : QUICK;
  const said = await wire.shell(`${script(config)}\n${read}`);
  return machineOf(reading === "whole" ? parseSnapshot(said, NONCE) : parseQuick(said));
}

const QUICK = `
mark() { printf '\\n@@${NONCE} %s %s\\n' "$1" "$2"; }
mark begin 0
ip addr show; mark addresses $?
ip rule show; mark rules $?
ip -4 route show table 0; mark routes $?
grep . /proc/sys/net/ipv4/conf/*/rp_filter /proc/sys/net/ipv4/conf/*/src_valid_mark /proc/sys/net/ipv4/conf/*/forwarding /proc/sys/net/ipv4/ip_forward
mark sysctls 0
iptables-save; mark save $?
nft list table inet foreign 2>/dev/null; mark native 0
mark end 0
`;

function parseQuick(said: string): Parameters<typeof machineOf>[0] {
  const sections = splitSections(said, NONCE);
  const text = (name: string) => sections.get(name)?.text ?? "";
  const names = new Map<number, string>();
  const sysctls = text("sysctls")
    .split("\n")
    .filter((line) => line.includes(":"))
    .map((line): [string, string] => [sysctlKey(line.slice(0, line.indexOf(":"))), line.slice(line.indexOf(":") + 1)]);
  return {
    addresses: parseAddresses(text("addresses")),
    rules: parseRules(text("rules"), names),
    routes: parseRoutes(text("routes"), names),
    iptables: parseIptablesSave(text("save")),
    native: nativeThreats(text("native")),
    sysctls: new Map(sysctls),
    tableNames: { names },
  };
}
