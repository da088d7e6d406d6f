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

interface Table extends NftTable {
  dormant: boolean;
  readonly chains: Map<string, Chain>;
}

interface Chain extends NftChain {
  hook?: NetfilterHook;
  device?: string;
  policy?: string;
  readonly rules: string[];
}

/** Tables in the order in which they stand there. */
export function nftTables(text: string): readonly NftTable[] {
  const tables: Table[] = [];
  let chain: Chain | undefined;
  let depth = 0;
  for (const line of text.split("\n").map((one) => one.trim())) {
    const table = /^table (\w+ \S+) \{/.exec(line)?.[1];
    const name = /^chain (\S+) \{/.exec(line)?.[1];
    if (table !== undefined) {
      tables.push({ table, dormant: false, chains: new Map() });
      depth = 1;
      chain = undefined;
    } else if (depth === 1 && line === "flags dormant") tables.at(-1)!.dormant = true;
    else if (depth === 1 && name !== undefined) {
      chain = { rules: [] };
      tables.at(-1)?.chains.set(name, chain);
      depth = 2;
    } else if (line === "}") {
      depth--;
      chain = undefined;
    } else if (/\{$/.test(line)) depth++;
    else if (chain && line !== "") readChainLine(chain, line);
  }
  return tables;
}

function readChainLine(chain: Chain, line: string): void {
  const [, hook, rest = ""] = /^type \w+ hook (\w+) (.*)$/.exec(line) ?? [];
  if (hook === undefined) return void chain.rules.push(line);
  chain.hook = hook as NetfilterHook;
  const policy = /\bpolicy (\w+);/.exec(rest)?.[1];
  const device = /^device "([^"]*)"/.exec(rest)?.[1];
  if (policy !== undefined) chain.policy = policy;
  if (device !== undefined) chain.device = device;
}
