/** Random iptables of others, and random chains and hooks of ours, as they come and go. */

import fc from "fast-check";
import { parseRule } from "../../provider/dialects/iptables/packet-rule.ts";
import type { ChainLine, HookLine, IptablesTable, Line } from "../../provider/model/line.ts";
import type { Owned } from "../../provider/plan/settlement.ts";

const TABLES = { mangle: ["PREROUTING", "OUTPUT"], nat: ["PREROUTING", "POSTROUTING"], filter: ["FORWARD"] } as const;
const NAMES = ["a", "b", "c"];

const foreignRule = fc.constantFrom(
  "-m mark --mark 0x80000/0xff0000 -j ACCEPT",
  "-s 10.0.0.0/8 -j ACCEPT",
  "-p tcp -m tcp --dport 22 -j ACCEPT",
  '-m comment --comment "it\'s mine" -j ACCEPT',
  "-j FOREIGN",
);
const BUILT_IN = {
  mangle: ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"],
  nat: ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
  filter: ["INPUT", "FORWARD", "OUTPUT"],
};

/** iptables-save of a router that other people have worked on. */
export const foreignSave: fc.Arbitrary<string> = fc
  .tuple(
    ...Object.entries(TABLES).map(([table, chains]) =>
      fc.tuple(fc.constant(table as keyof typeof TABLES), ...chains.map(() => fc.array(foreignRule, { maxLength: 4 }))),
    ),
  )
  .map((tables) =>
    tables
      .flatMap(([table, ...rules]) => [
        `*${table}`,
        ...BUILT_IN[table].map((chain) => `:${chain} ACCEPT [0:0]`),
        ":FOREIGN - [0:0]",
        ...TABLES[table].flatMap((chain, i) => (rules[i] as string[]).map((rule) => `-A ${chain} ${rule}`)),
        "-A FOREIGN -j RETURN",
        "COMMIT\n",
      ])
      .join("\n"),
  );

const body = fc.array(
  fc.constantFrom(
    "-m mark --mark 0x1/0xf -j RETURN",
    "-i eth1 -j RETURN",
    "-p tcp -m tcp --dport 80:90 -j ACCEPT",
    "-s 172.16.1.0/24 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
  ),
  { maxLength: 4 },
);

type Wanted = readonly (ChainLine | HookLine)[];

/** What a resource might want: a chain and the hook to it, and sometimes a chain below. */
const resource = (table: keyof typeof TABLES, name: string): fc.Arbitrary<Wanted> =>
  fc.tuple(body, fc.constantFrom(...TABLES[table]), fc.boolean()).map(([rules, builtIn, below]) => {
    const line = (part: string, text: readonly string[]): ChainLine => ({
      ...{ kind: "chain", table: table as IptablesTable, chain: `mw-${name}-${part}`, rules: text.map(parseRule) },
    });
    const hook: HookLine = { kind: "hook", table, chain: builtIn, rule: parseRule(`-j mw-${name}-top`) };
    const jump = [`-i eth2 -j mw-${name}-below`];
    return below ? [line("top", [...jump, ...rules]), line("below", rules), hook] : [line("top", rules), hook];
  });

export type Program = ReadonlyMap<string, Wanted>;

export const program: fc.Arbitrary<Program> = fc
  .tuple(
    ...Object.keys(TABLES).flatMap((table) =>
      NAMES.map((name) =>
        fc
          .option(resource(table as keyof typeof TABLES, name), { nil: undefined })
          .map((wanted) => [`${table} ${name}`, wanted] as const),
      ),
    ),
  )
  .map((all) => new Map(all.flatMap(([key, wanted]) => (wanted ? [[key, wanted] as const] : []))));

export interface Difference {
  readonly put: readonly Owned[];
  readonly drop: readonly Owned[];
}

/** From one program to the next, as settle would say it: whatever differs is put, whatever is gone is dropped. */
export function difference(before: Program, after: Program): Difference {
  const key = (line: Line) => JSON.stringify(line);
  const place = (line: ChainLine | HookLine) => (line.kind === "chain" ? `${line.table} ${line.chain}` : key(line));
  const [was, is] = [before, after].map((program) =>
    [...program].flatMap(([owner, w]) => w.map((line) => ({ owner, line }))),
  );
  const had = new Set(was!.map((o) => key(o.line)));
  const places = new Set(is!.map((o) => place(o.line)));
  return {
    put: is!.filter((o) => !had.has(key(o.line))),
    drop: was!.filter((o) => !places.has(place(o.line))),
  };
}
