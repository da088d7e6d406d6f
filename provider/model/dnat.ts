/** Doors as they stand in chains of nat: every DNAT rule, with the address and the ports that lead to it. */
import { formatMasked } from "./ip.ts";
import type { Line } from "./line.ts";
import type { PacketRule } from "./packet-rule.ts";
import { chainOf, testsOfKind } from "./rule-facts.ts";

export interface DnatDoor {
  readonly address: string;
  readonly protocol: "tcp" | "udp";
  /** The ports that clients connect to, first and last. */
  readonly first: number;
  readonly last: number;
  readonly server: string;
  /** undefined: the port stays. */
  readonly serverPort: number | undefined;
}

/** As deep as chains are followed: ours branch by address and by port, a few steps each. */
const DEEPEST = 64;

/** Of these lines' own chains, from their hooks in PREROUTING on. What has no address or port of its own is no door. */
export function dnatDoors(lines: readonly Line[]): DnatDoor[] {
  const chains = new Map(
    lines.flatMap((line) => (line.kind === "chain" && line.table === "nat" ? [[line.chain, line.rules] as const] : [])),
  );
  const doorsIn = (rules: readonly PacketRule[], outer: string | undefined, depth: number): DnatDoor[] =>
    rules.flatMap((rule) => {
      const address = hostOf(rule) ?? outer;
      const below = depth < DEEPEST ? chains.get(chainOf(rule) ?? "") : undefined;
      return below ? doorsIn(below, address, depth + 1) : doorOf(rule, address);
    });
  return lines.flatMap((line) =>
    line.kind === "hook" && line.table === "nat" && line.chain === "PREROUTING"
      ? doorsIn([line.rule], undefined, 0)
      : [],
  );
}

/** The single address that it is for. */
function hostOf(rule: PacketRule): string | undefined {
  const network = testsOfKind(rule, "destination").find(({ negated }) => !negated)?.network;
  const [host, length] = network ? formatMasked(network).split("/") : [];
  return length === "32" ? host : undefined;
}

function doorOf(rule: PacketRule, address: string | undefined): DnatDoor[] {
  const { target } = rule;
  const protocol = testsOfKind(rule, "protocol").find(({ negated }) => !negated)?.protocol;
  const ports = testsOfKind(rule, "destinationPort")[0]?.ports[0];
  if (target?.kind !== "dnat" || address === undefined || ports === undefined) return [];
  if (protocol !== "tcp" && protocol !== "udp") return [];
  return [{ address, protocol, ...ports, server: target.address ?? "", serverPort: target.port }];
}
