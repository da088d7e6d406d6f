/** Rules of others that break connections over several links in ways that show only now and then. Pure. */

import { writtenBits } from "../../coexistence/free.ts";
import { looksLike } from "../../coexistence/recognise.ts";
import { ruleText } from "../../dialects/iptables/packet-rule.ts";
import { isChainName } from "../../model/chain-name.ts";
import { FULL_MASK, type IptablesTable } from "../../model/line.ts";
import type { PacketRule } from "../../model/packet-rule.ts";
import { testsOfKind } from "../../model/rule-facts.ts";
import { lansOf } from "../../site/links.ts";
import { defaultLink } from "../links.ts";
import type { Finding, Level } from "./finding.ts";
import type { Patient } from "./patient.ts";

interface Rule {
  readonly table: IptablesTable;
  readonly chain: string;
  readonly rule: PacketRule;
}

const ETHERNET = 1500;

export function pitfalls(patient: Patient): Finding[] {
  const rules = foreignRules(patient);
  return [
    ...clamps(patient, rules),
    ...untracked(patient, rules),
    ...wholeMarks(patient, rules),
    ...invalid(rules),
    ...offload(patient, rules),
  ];
}

const say = (level: Level, text: string, todo?: string): Finding => ({
  ...{ level, about: "pitfalls", text },
  ...(todo !== undefined && { todo }),
});
const show = ({ table, chain, rule }: Rule) => `"-t ${table} -A ${chain} ${ruleText(rule)}"`;

function foreignRules({ snapshot: { iptables }, isForeign }: Patient): Rule[] {
  return Object.entries(iptables).flatMap(([name, { chains }]) =>
    [...chains].flatMap(([chain, { policy, rules }]): Rule[] => {
      const table = name as IptablesTable;
      if (isChainName(chain) || (policy === "-" && !isForeign({ kind: "chain", table, chain, rules }))) return [];
      return rules
        .filter((rule) => policy === "-" || isForeign({ kind: "hook", table, chain, rule }))
        .map((rule) => ({ table, chain, rule }));
    }),
  );
}

/** The clamp asks for the way back without a mark: it finds the MTU of the main table's link (safety of SYN+ACK, both directions). */
function clamps({ links, facts: { mtu }, snapshot }: Patient, rules: readonly Rule[]): Finding[] {
  const clamp = rules.find(({ rule }) => rule.target?.kind === "clampToPath");
  const main = defaultLink(links, snapshot.routes);
  const most =
    main === undefined
      ? Math.max(...links.map(({ device }) => mtu.get(device) ?? 0))
      : (mtu.get(main.device) ?? ETHERNET);
  const small = links.filter(({ device }) => (mtu.get(device) ?? most) < most);
  const fix = small.map(({ device }) => `${device}: --set-mss ${mtu.get(device)! - 40}`).join(", ");
  if (clamp && small.length > 0)
    return [
      say(
        "warning",
        `${show(clamp)} asks for the way back without a mark, so that it does not see that ${small.map(({ name, device }) => `${name} has an MTU of ${mtu.get(device)}`).join(", ")} only`,
        `set the size for both directions (-o and -i) instead: ${fix}`,
      ),
    ];
  const narrow = links.filter(({ device }) => (mtu.get(device) ?? ETHERNET) < ETHERNET);
  if (
    narrow.length > 0 &&
    !rules.some(({ rule: { target } }) => target?.kind === "clampToPath" || target?.kind === "clampSize")
  )
    return [
      say(
        "note",
        `${narrow.map(({ name, device }) => `${name} has an MTU of ${mtu.get(device)}`).join(", ")}, and no rule clamps the size of TCP segments: sites that drop ICMP hang`,
        `-t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss ${Math.min(...narrow.map(({ device }) => mtu.get(device)!)) - 40}, for both directions of that device`,
      ),
    ];
  return [];
}

function untracked({ links, site }: Patient, rules: readonly Rule[]): Finding[] {
  const devices = new Set([
    ...links.map(({ device }) => device),
    ...(site ? lansOf(site) : []).map(({ device }) => device),
  ]);
  return rules
    .filter(({ table, rule }) => table === "raw" && rule.target?.kind === "untrack")
    .filter(({ rule }) => {
      const on = [...testsOfKind(rule, "inDevice"), ...testsOfKind(rule, "outDevice")][0]?.device;
      return on === undefined || (!on.isPrefix && devices.has(on.name));
    })
    .map((rule) =>
      say(
        "warning",
        `${show(rule)} takes packets out of connection tracking: they get no mark, no translation, and leave by the default`,
        "remove it, or narrow it to what needs no link",
      ),
    );
}

/** Where a site is declared, the preview refuses them by its mask. */
function wholeMarks({ site, snapshot }: Patient, rules: readonly Rule[]): Finding[] {
  if (site) return [];
  return rules
    .filter(({ table, rule }) => (table === "raw" || table === "mangle") && writtenBits(rule) === FULL_MASK)
    .map((rule) =>
      say(
        "warning",
        `${show(rule)}${looksLike({ kind: "hook", ...rule }, snapshot)} writes the whole mark, bits of others too`,
        "give it a mask of its own bits (--nfmask and --ctmask, or --set-xmark value/mask)",
      ),
    );
}

function invalid(rules: readonly Rule[]): Finding[] {
  const drops = ({ table, rule }: Rule) =>
    table === "filter" &&
    testsOfKind(rule, "ctState").some(({ states }) => states.includes("INVALID")) &&
    (rule.target?.kind === "drop" || rule.target?.kind === "reject");
  if (rules.some(drops)) return [say("ok", "packets of no connection (INVALID) are dropped")];
  return [
    say(
      "note",
      "packets of no connection (INVALID) are forwarded: no NAT applies to them, and they leave by the default with addresses of the LAN",
      "iptables -A FORWARD -m conntrack --ctstate INVALID -j DROP, before other rules of FORWARD",
    ),
  ];
}

function offload({ facts: { facts } }: Patient, rules: readonly Rule[]): Finding[] {
  const rule = rules.find(({ rule: { target } }) => target?.kind === "offload");
  const where = rule
    ? show(rule)
    : facts.get("offload") === "nft"
      ? "an nft flowtable"
      : facts.has("offload")
        ? "flow_offloading in /etc/config/firewall"
        : undefined;
  if (where === undefined) return [];
  return [
    say(
      "warning",
      `connections are offloaded (${where}): their packets pass no mangle, so that marks are neither restored nor seen`,
      "switch it off, or offload only connections whose mark is 0 in the mask of the links",
    ),
  ];
}
