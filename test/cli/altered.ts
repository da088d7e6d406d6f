/** A reading of a real router, altered: what the doctor would be given if something were otherwise there. */

import { type Patient, patientOf } from "../../provider/cli/doctor/patient.ts";
import type { Look } from "../../provider/cli/look.ts";
import { parseRule } from "../../provider/dialects/iptables/packet-rule.ts";
import type { IptablesTable } from "../../provider/model/line.ts";
import type { Snapshot } from "../../provider/model/snapshot.ts";
import type { Site } from "../../provider/site/schema.ts";

export const NOW = 1_700_000_000;

export interface Altered {
  readonly seen: Look;
  readonly site: Site;
  /** The router, altered. */
  patient(change?: Partial<Patient>, router?: Partial<Snapshot>): Patient;
  /** With rules put first into a chain, made if it is not there. */
  withRules(table: IptablesTable, chain: string, ...rules: string[]): Pick<Snapshot, "iptables">;
  /** On a router that filters nowhere and looks at no marks, but where it is said. */
  withSysctl(settings: Record<string, string>): Pick<Snapshot, "sysctls">;
  able(change: Partial<Snapshot["capabilities"]>): Pick<Snapshot, "capabilities">;
  facts(change: Partial<Patient["facts"]>, more?: Record<string, string>): Pick<Patient, "facts">;
}

export function alteredBy(seen: Look, site: Site): Altered {
  const { snapshot } = seen;
  const patient: Altered["patient"] = (change = {}, router = {}) => {
    const look = { ...seen, snapshot: { ...snapshot, ...router } };
    const whole = patientOf(look, { project: "multiwan", name: "lab", site }, NOW);
    const facts = { ...whole.facts, facts: new Map([...whole.facts.facts, ["clock", String(NOW)]]) };
    return { ...whole, facts, ...change };
  };
  return {
    seen,
    site,
    patient,
    withRules(table, chain, ...rules) {
      const { iptables } = snapshot;
      const chains = new Map(iptables[table]?.chains);
      const there = chains.get(chain) ?? { policy: "ACCEPT", rules: [] };
      chains.set(chain, { ...there, rules: [...rules.map(parseRule), ...there.rules] });
      return { iptables: { ...iptables, [table]: { chains } } };
    },
    withSysctl(settings) {
      const off = [...snapshot.sysctls.keys()].filter((key) => /\.(rp_filter|src_valid_mark)$/.test(key));
      const zeros = off.map((key) => [key, "0"] as const);
      return { sysctls: new Map([...snapshot.sysctls, ...zeros, ...Object.entries(settings)]) };
    },
    able: (change) => ({ capabilities: { ...snapshot.capabilities, ...change } }),
    facts(change, more = {}) {
      const { facts } = patient();
      return { facts: { ...facts, ...change, facts: new Map([...facts.facts, ...Object.entries(more)]) } };
    },
  };
}

/** Of an operator who is at work, or was. */
export const lock = (until: number, boot: string) => ({ run: "aa", until, boot, who: "anna@laptop" });
