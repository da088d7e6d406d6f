/** Doors as they stand in chains of nat: every DNAT rule, with the address and the ports that lead to it. */
import type { Line } from "../../model/line.ts";
import { shapeOf } from "./rule-shape.ts";

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
  const found: DnatDoor[] = [];
  const visit = (rules: readonly string[], outer: string | undefined, depth: number): void => {
    for (const rule of depth > DEEPEST ? [] : rules) {
      const { base, matches, target } = shapeOf(rule);
      const of = (name: string) => base.find((option) => option.name === name && !option.negated)?.values[0]?.text;
      const [host, length = "32"] = (of("-d") ?? "").split("/");
      const address = length === "32" && host ? host : outer;
      const below = target && chains.get(target.name);
      if (below) visit(below, address, depth + 1);
      const protocol = of("-p");
      const ports = matches.flatMap((match) => match.options).find((option) => option.name === "--dport")
        ?.values[0]?.text;
      if (target?.name !== "DNAT" || address === undefined || ports === undefined) continue;
      if (protocol !== "tcp" && protocol !== "udp") continue;
      const [first = 0, last = first] = ports.split(":").map(Number);
      const [server = "", to] = (target.options[0]?.values[0]?.text ?? "").split(":");
      found.push({ address, protocol, first, last, server, serverPort: to === undefined ? undefined : Number(to) });
    }
  };
  for (const line of lines)
    if (line.kind === "hook" && line.table === "nat" && line.chain === "PREROUTING") visit([line.rule], undefined, 0);
  return found;
}
