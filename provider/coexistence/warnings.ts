/** What on a router will bite us although nothing of it stands in our way now. Sentences for people. Pure. */
import { formatLine } from "../dialects/fragment.ts";
import { fitsDevice } from "../dialects/nftables/device-name.ts";
import { contains, isNetwork, overlap, PRIVATE_NETWORKS, withoutLength } from "../model/ip.ts";
import { type Fragment, FULL_MASK, type RuleLine } from "../model/line.ts";
import { formatMark } from "../model/mark.ts";
import { escaped } from "../model/printable.ts";
import type { Capabilities, Snapshot, UnknownLine } from "../model/snapshot.ts";
import { deviceSysctl } from "../model/sysctl-key.ts";
import type { Threat } from "../model/threat.ts";
import { writtenBits } from "./free.ts";
import { NETWORKD_DROP_IN } from "./networkd.ts";
import { looksLike } from "./recognise.ts";
import { saySplit } from "./split.ts";

/** About the router as such. */
export function routerWarnings({
  capabilities,
  unknown = [],
  native,
}: Pick<Snapshot, "capabilities" | "unknown" | "native">): string[] {
  const { networkd, nftTables = [] } = capabilities;
  const taken = [...(networkd?.deletesRules ? ["rules"] : []), ...(networkd?.deletesRoutes ? ["routes"] : [])];
  const tunnels = nftTables.filter((name) => /^ip wg-quick-/.test(name));
  return [
    ...(taken.length > 0
      ? [
          `systemd-networkd runs on this router. When it restarts, and in some versions when a link changes, it deletes ${taken.join(" and ")} that it did not make itself (systemd 248 and later), unless it is told to keep them. networkd: keep-foreign, in the site or a BootConfig, writes ${NETWORKD_DROP_IN.path} for that`,
        ]
      : []),
    ...variantWarnings(capabilities),
    // Without nft nobody can say what is in it.
    ...(native === undefined ? nftTables : [])
      .filter((name) => /^ip (raw|mangle|nat|filter)$/.test(name))
      .map(
        (name) =>
          `the nft table "${name}" has chains of another program, which iptables does not show (nft list table ${name}): packets meet them as well, so that nothing is claimed of any connection. Move them to a table of their own`,
      ),
    ...(unknown.length > 0 ? [sayUnknown(unknown)] : []),
    ...tunnels.map(
      (name) =>
        `the nft table "${name}" of wg-quick gives every UDP packet the whole mark of its connection (meta mark set ct mark): managed bits come along before routing. It does no harm where the links' tables have the LAN's routes; where replies go astray set Table = off in its configuration and make its rule by hand`,
    ),
  ];
}

function variantWarnings({ iptables, stateDir }: Capabilities): string[] {
  const split = saySplit(iptables, stateDir);
  if (split) return [`${split.what}: ${split.why}. ${split.hint}`];
  if (!iptables.bothVariants) return [];
  const [own, other] = [iptables.variant, iptables.variant === "nft" ? "legacy" : "nft"];
  return [
    `both variants of iptables hold rules here, iptables-legacy and iptables-nft: packets pass both, and neither lists the other. This stack works in ${own}, and stays there whatever plain iptables is; what iptables-${other} holds is neither compared nor changed. To have everything in one, move the rules of iptables-${other} to iptables-${own}; or run pulumi destroy, move everything to iptables-${other}, and run pulumi up`,
  ];
}

function sayUnknown(lines: readonly UnknownLine[]): string {
  const shown = lines.slice(0, 3).map(({ by, text }) => `"${escaped(text)}" of ${by}`);
  const more = lines.length > 3 ? ` and ${lines.length - 3} more` : "";
  const [what, stay, them] =
    lines.length === 1
      ? ["a foreign line", "It stays as it is", "it"]
      : ["foreign lines", "They stay as they are", "them"];
  return `the router has ${what} that this version does not understand: ${shown.join(", ")}${more}. ${stay}, and nothing is claimed of packets that may meet ${them}. Please report ${them} with the versions of the router's tools`;
}

/**
 * About rules of nft's own that packets of this stack may meet, once for each table: each resource is judged with the devices that are
 * known by then, and all say the same of a table.
 * @param devices those of the stack, as far as they are known
 * @param networks those that lines of the stack name: what only selects other private networks, such as those of virtual machines, is
 * about nothing of the stack
 */
export function nativeWarnings(
  { native = [] }: Pick<Snapshot, "native">,
  { devices, networks }: { readonly devices: ReadonlySet<string>; readonly networks: readonly string[] },
): string[] {
  const isDeviceOfStack = (name: string) => [...devices].some((device) => fitsDevice(name, device));
  const isElsewhere = (network: string) =>
    isNetwork(network) &&
    PRIVATE_NETWORKS.some((one) => contains(one, withoutLength(network))) &&
    !networks.some((one) => overlap(one, network));
  const touches = ({ selects }: Threat) =>
    [selects.in, selects.out].every((names) => names?.some(isDeviceOfStack) ?? true) &&
    [selects.from, selects.to].every((values) => values?.some((value) => !isElsewhere(value)) ?? true);
  const met = native.filter((threat) => touches(threat) && !/^ip wg-quick-/.test(threat.table));
  return [...Map.groupBy(met, ({ table }) => table)].map(([table, [first, ...more]]) => {
    const others = more.length > 0 ? ` and ${more.length} more` : "";
    return `the nft table "${escaped(table)}" may stop or change packets of this stack: "${escaped(first!.text)}" in chain ${escaped(first!.chain)}${others}. iptables shows none of it (nft list table ${escaped(table)}), and what it does is not modelled: nothing is claimed of connections that meet it. See that it lets the published services and their answers pass`;
  });
}

/** About devices of the stack that forward nothing. @param devices as far as they are known */
export function forwardingWarnings({ sysctls }: Pick<Snapshot, "sysctls">, devices: ReadonlySet<string>): string[] {
  if (sysctls.get("net.ipv4.ip_forward") === "0")
    return [
      "net.ipv4.ip_forward is 0: nothing passes this router, published services included; sysctl -w net.ipv4.ip_forward=1, and the same in /etc/sysctl.conf",
    ];
  return [...devices]
    .map((device) => [device, deviceSysctl(device, "forwarding")] as const)
    .filter(([, key]) => sysctls.get(key) === "0")
    .map(([device, key]) => `${key} is 0: what comes in by ${device} is not forwarded; sysctl -w ${key}=1`);
}

/** About rules of others that compare bits which these lines of ours write. */
export function markWarnings(desired: Fragment, snapshot: Snapshot, isForeign: (line: RuleLine) => boolean): string[] {
  const ours = desired
    .flatMap((line) => (line.kind === "chain" ? line.rules : []))
    .reduce((bits, rule) => (bits | writtenBits(rule)) >>> 0, 0);
  if (ours === 0) return [];
  const negated = (rule: RuleLine) => /(?:^| )not\b/.test(rule.rest ?? "");
  return snapshot.rules
    .filter((rule) => rule.mark !== undefined && !negated(rule) && ((rule.mask ?? FULL_MASK) & ours) !== 0)
    .filter(isForeign)
    .map((rule) => {
      const text = formatLine(rule, snapshot.tableNames.names)[0]!;
      const what = rule.mask === undefined ? "the whole mark of a packet" : "bits of marks";
      return `the router's rule "${text}"${looksLike(rule, snapshot)} compares ${what} that ${formatMark(ours)} of this stack is part of: it misses packets that carry a mark of a link. Give the rule a mask of its own bits, or take another mask here`;
    });
}
