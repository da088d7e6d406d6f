/** What `nft list chains` and `nft list table` print: tables, their chains, and the rules in them. */
import type { NetfilterHook } from "../../model/threat.ts";

export interface NftTable {
  /** `inet filter` */
  readonly table: string;
  readonly dormant: boolean;
  readonly chains: ReadonlyMap<string, NftChain>;
}

export interface NftChain {
  /** Of a base chain. */
  readonly hook?: NetfilterHook;
  /** Of a base chain of family netdev. */
  readonly device?: string;
  readonly policy?: string;
  /** As printed; none where chains alone were listed. */
  readonly rules: readonly string[];
}

interface Chain extends NftChain {
  hook?: NetfilterHook;
  device?: string;
  policy?: string;
  readonly rules: string[];
}

/** Tables in the order in which they stand there. */
export function nftTables(text: string): readonly NftTable[] {
  return text.split(/^\s*(?=table \w+ \S+ \{)/m).flatMap((part) => {
    const [head = "", ...lines] = part.split("\n");
    const table = /^table (\w+ \S+) \{/.exec(head)?.[1];
    return table === undefined ? [] : [{ table, ...readTable(lines.map((line) => line.trim())) }];
  });
}

function readTable(lines: readonly string[]): Omit<NftTable, "table"> {
  let dormant = false;
  const chains = new Map<string, Chain>();
  let chain: Chain | undefined;
  let depth = 1;
  for (const line of lines) {
    const name = depth === 1 ? /^chain (\S+) \{/.exec(line)?.[1] : undefined;
    if (name !== undefined) {
      chain = { rules: [] };
      chains.set(name, chain);
      depth = 2;
    } else if (line === "}") {
      chain = undefined;
      depth--;
    } else if (line.endsWith("{")) depth++;
    else if (chain) readChainLine(chain, line);
    else if (depth === 1 && line === "flags dormant") dormant = true;
  }
  return { dormant, chains };
}

function readChainLine(chain: Chain, line: string): void {
  if (line === "") return;
  const [, hook, rest = ""] = /^type \w+ hook (\w+) (.*)$/.exec(line) ?? [];
  if (hook === undefined) return void chain.rules.push(line);
  chain.hook = hook as NetfilterHook;
  const policy = /\bpolicy (\w+);/.exec(rest)?.[1];
  const device = /^device "([^"]*)"/.exec(rest)?.[1];
  if (policy !== undefined) chain.policy = policy;
  if (device !== undefined) chain.device = device;
}
