/** iptables as iptables-save prints it: a small model that restore texts are applied to. */

import { canonicalRule } from "../../provider/dialects/iptables/canonical-rule.ts";
import { parseIptablesSave } from "../../provider/dialects/iptables/iptables-save.ts";
import { ruleText } from "../../provider/dialects/iptables/packet-rule.ts";
import type { Snapshot } from "../../provider/model/snapshot.ts";
import { iptablesSteps } from "../../provider/plan/iptables-steps.ts";
import type { Owned } from "../../provider/plan/settlement.ts";
import type { Step } from "../../provider/plan/step.ts";
import { tableChanges } from "../../provider/plan/table-change.ts";
import { routerOf } from "../kinds/routers.ts";

export function routerWith(save: string, variant: "legacy" | "nft" = "legacy", version = "1.8.9"): Snapshot {
  const plain = routerOf();
  const iptables = { variant, version, command: `iptables-${variant}`, wait: true };
  return { ...plain, capabilities: { ...plain.capabilities, iptables }, iptables: parseIptablesSave(save) };
}

/** The restores that bring these lines and take those. */
export function restoresOn(router: Snapshot, put: readonly Owned[], drop: readonly Owned[]): Step[] {
  return iptablesSteps(tableChanges(router, put, drop), router.capabilities);
}

/** Applies an `iptables-restore --noflush` text, as strict as the real one about what is not there. */
export function restored(save: string, text: string): string {
  const tables = new Map(
    Object.entries(parseIptablesSave(save)).map(([table, { chains }]) => [
      table,
      new Map([...chains].map(([name, { policy, rules }]) => [name, { policy, rules: rules.map(ruleText) }])),
    ]),
  );
  let chains: Chains = new Map();
  for (const line of text.trimEnd().split("\n")) {
    const [word = "", name = ""] = line.split(" ");
    if (word.startsWith("*")) {
      chains = tables.get(word.slice(1)) ?? chains;
      tables.set(word.slice(1), chains);
    } else if (word.startsWith(":")) chains.set(word.slice(1), { policy: name, rules: [] });
    else if (word !== "COMMIT") edit(chains, word, name, line.slice(word.length + name.length + 2));
  }
  return [...tables]
    .flatMap(([table, known]) => [
      `*${table}`,
      ...[...known].map(([name, { policy }]) => `:${name} ${policy} [0:0]`),
      ...[...known].flatMap(([name, { rules }]) => rules.map((rule) => `-A ${name} ${rule}`)),
      "COMMIT\n",
    ])
    .join("\n");
}

type Chains = Map<string, { policy: string; rules: string[] }>;

function edit(chains: Chains, word: string, name: string, rest: string): void {
  const rules = chains.get(name)?.rules;
  if (!rules) throw new Error(`no chain ${name}`);
  switch (word) {
    case "-A":
      rules.push(canonicalRule(rest));
      return;
    case "-I": {
      const at = Number(rest.split(" ", 1)[0]);
      if (at > rules.length + 1) throw new Error(`no place ${at} in ${name}`);
      rules.splice(at - 1, 0, canonicalRule(rest.slice(String(at).length + 1)));
      return;
    }
    case "-D": {
      const at = rules.indexOf(canonicalRule(rest));
      if (at < 0) throw new Error(`no such rule in ${name}: ${rest}`);
      rules.splice(at, 1);
      return;
    }
    case "-X": {
      const used = [...chains.values()].some((other) => other.rules.some((rule) => rule.endsWith(`-j ${name}`)));
      if (used || rules.length > 0) throw new Error(`${name} is in use`);
      chains.delete(name);
      return;
    }
    default:
      throw new Error(`not understood: ${word} ${name} ${rest}`);
  }
}

/** The same text with chains in the order of their names: their order means nothing. */
export function sorted(save: string): string {
  const tables = Object.entries(parseIptablesSave(save)).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return tables
    .flatMap(([table, { chains }]) => [
      `*${table}`,
      ...[...chains]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .flatMap(([name, { policy, rules }]) => [
          `:${name} ${policy}`,
          ...rules.map((rule) => `-A ${name} ${ruleText(rule)}`),
        ]),
    ])
    .join("\n");
}
